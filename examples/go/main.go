// A service that signs people in by Vouch, and an API that checks their access tokens: go run .
package main

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

var (
	vouchURL = setting("VOUCH_URL", "http://127.0.0.1:8000")
	address  = "127.0.0.1:" + setting("PORT", "3000")
	origin   = setting("ORIGIN", "http://"+address)
	client   = &http.Client{Timeout: 10 * time.Second}
)

// service has the app's side of the protocol.
type service struct {
	oauth         oauth2.Config
	verifier      *oidc.IDTokenVerifier
	introspection string
}

func main() {
	provider, err := oidc.NewProvider(oidc.ClientContext(context.Background(), client), vouchURL)
	if err != nil {
		log.Fatal(err)
	}
	var metadata struct {
		Introspection string `json:"introspection_endpoint"`
	}
	if err := provider.Claims(&metadata); err != nil {
		log.Fatal(err)
	}
	id := setting("CLIENT_ID", "shop")
	app := &service{
		oauth: oauth2.Config{
			ClientID:     id,
			ClientSecret: os.Getenv("CLIENT_SECRET"),
			Endpoint:     provider.Endpoint(),
			RedirectURL:  origin + "/callback",
			Scopes:       []string{oidc.ScopeOpenID, "phone"},
		},
		verifier:      provider.Verifier(&oidc.Config{ClientID: id}),
		introspection: metadata.Introspection,
	}
	http.HandleFunc("/login", app.login)
	http.HandleFunc("/callback", app.callback)
	http.HandleFunc("/api/orders", app.orders)
	log.Printf("%s/login", origin)
	log.Fatal(http.ListenAndServe(address, nil))
}

// login sends the browser to Vouch. The secrets of the sign-in stay in a cookie of this browser.
func (app *service) login(w http.ResponseWriter, r *http.Request) {
	state, nonce, verifier := random(), random(), random()
	challenge := sha256.Sum256([]byte(verifier))
	http.SetCookie(w, &http.Cookie{
		Name: "sign_in", Value: state + "." + nonce + "." + verifier, Path: "/callback", MaxAge: 600,
		HttpOnly: true, Secure: strings.HasPrefix(origin, "https:"), SameSite: http.SameSiteLaxMode,
	})
	http.Redirect(w, r, app.oauth.AuthCodeURL(state, oidc.Nonce(nonce),
		oauth2.SetAuthURLParam("code_challenge", base64.RawURLEncoding.EncodeToString(challenge[:])),
		oauth2.SetAuthURLParam("code_challenge_method", "S256")), http.StatusFound)
}

// callback exchanges the code and checks the ID token. A real app begins its own session here.
func (app *service) callback(w http.ResponseWriter, r *http.Request) {
	cookie, err := r.Cookie("sign_in")
	if err != nil {
		http.Error(w, "no sign-in has begun in this browser", http.StatusBadRequest)
		return
	}
	http.SetCookie(w, &http.Cookie{Name: "sign_in", Path: "/callback", MaxAge: -1})
	kept := strings.Split(cookie.Value, ".")
	if len(kept) != 3 || r.FormValue("state") != kept[0] {
		http.Error(w, "wrong state", http.StatusBadRequest)
		return
	}
	// RFC 9207; the library leaves this comparison to its caller
	if r.FormValue("iss") != vouchURL {
		http.Error(w, "wrong issuer", http.StatusBadRequest)
		return
	}
	person, err := app.person(r.Context(), r.FormValue("code"), kept[1], kept[2])
	if err != nil {
		http.Error(w, "sign-in failed: "+err.Error(), http.StatusBadRequest)
		return
	}
	writeJSON(w, person)
}

// person has the claims that this service uses. Subject identifies an account for good, a number does not.
type person struct {
	Subject string `json:"sub"`
	Phone   string `json:"phone_number"`
}

func (app *service) person(ctx context.Context, code, nonce, verifier string) (*person, error) {
	ctx = oidc.ClientContext(ctx, client)
	token, err := app.oauth.Exchange(ctx, code, oauth2.SetAuthURLParam("code_verifier", verifier))
	if err != nil {
		return nil, err
	}
	raw, _ := token.Extra("id_token").(string)
	idToken, err := app.verifier.Verify(ctx, raw)
	if err != nil {
		return nil, err
	}
	// the library leaves this comparison to its caller
	if idToken.Nonce != nonce {
		return nil, fmt.Errorf("wrong nonce")
	}
	var found person
	return &found, idToken.Claims(&found)
}

// orders is an API: it asks Vouch about each access token (RFC 7662).
func (app *service) orders(w http.ResponseWriter, r *http.Request) {
	bearer := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	subject, err := app.introspect(r.Context(), bearer)
	if err != nil {
		// an outage is no 401: the caller would sign its person out
		http.Error(w, "the check is unavailable", http.StatusServiceUnavailable)
		return
	}
	if subject == "" {
		w.Header().Set("WWW-Authenticate", "Bearer")
		http.Error(w, "sign in", http.StatusUnauthorized)
		return
	}
	writeJSON(w, map[string]string{"sub": subject, "orders": "none yet"})
}

// introspect returns the account of a valid token, and an empty text for any other.
func (app *service) introspect(ctx context.Context, token string) (string, error) {
	form := url.Values{"token": {token}}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, app.introspection, strings.NewReader(form.Encode()))
	if err != nil {
		return "", err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.SetBasicAuth(url.QueryEscape(app.oauth.ClientID), url.QueryEscape(app.oauth.ClientSecret))
	response, err := client.Do(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return "", fmt.Errorf("introspection: %s", response.Status)
	}
	var found struct {
		Active  bool   `json:"active"`
		Subject string `json:"sub"`
	}
	if err := json.NewDecoder(response.Body).Decode(&found); err != nil || !found.Active {
		return "", err
	}
	return found.Subject, nil
}

func writeJSON(w http.ResponseWriter, value interface{}) {
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(value); err != nil {
		log.Print(err)
	}
}

// random is a text of 256 bits.
func random() string {
	bytes := make([]byte, 32)
	if _, err := rand.Read(bytes); err != nil {
		log.Fatal(err)
	}
	return base64.RawURLEncoding.EncodeToString(bytes)
}

func setting(name, otherwise string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return otherwise
}
