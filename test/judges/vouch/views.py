"""The pages of the provider, with PKCE and userinfo."""

import base64
import hashlib
import os
import secrets

import requests
from allauth.socialaccount.providers.oauth2.client import OAuth2Client
from allauth.socialaccount.providers.oauth2.views import OAuth2Adapter, OAuth2CallbackView, OAuth2LoginView

from .provider import VouchProvider


class PkceClient(OAuth2Client):
    """Releases before 0.53 have no PKCE, which Vouch requires."""

    def get_redirect_url(self, authorization_url, extra_params):
        verifier = secrets.token_urlsafe(32)
        self.request.session["verifier"] = verifier
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
        pkce = {"code_challenge": challenge, "code_challenge_method": "S256"}
        return super().get_redirect_url(authorization_url, {**extra_params, **pkce})

    def _strip_empty_keys(self, params):
        # the last step before the request, and the only one that sees its form
        params["code_verifier"] = self.request.session.pop("verifier", "")
        super()._strip_empty_keys(params)


class VouchAdapter(OAuth2Adapter):
    provider_id = VouchProvider.id
    client_class = PkceClient
    basic_auth = True
    authorize_url = os.environ["VOUCH_URL"] + "/oauth/auth"
    access_token_url = os.environ["VOUCH_URL"] + "/oauth/token"

    def complete_login(self, request, app, token, **kwargs):
        headers = {"Authorization": f"Bearer {token.token}"}
        response = requests.get(os.environ["VOUCH_URL"] + "/oauth/userinfo", headers=headers, timeout=10)
        response.raise_for_status()
        return self.get_provider().sociallogin_from_response(request, response.json())


oauth2_login = OAuth2LoginView.adapter_view(VouchAdapter)
oauth2_callback = OAuth2CallbackView.adapter_view(VouchAdapter)
