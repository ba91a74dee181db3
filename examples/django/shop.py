"""A Django site that signs people in by Vouch: python3 shop.py"""

import os
from pathlib import Path
from urllib.parse import urlencode

import django
from django.conf import settings

VOUCH_URL = os.environ.get("VOUCH_URL", "http://127.0.0.1:8000")
PORT = os.environ.get("PORT", "3000")
FOLDER = Path(os.environ.get("DATA_DIR", "."))

settings.configure(
    ROOT_URLCONF=__name__,
    SECRET_KEY=os.environ["SECRET_KEY"],
    ALLOWED_HOSTS=["localhost", "127.0.0.1"],
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions"],
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
    ],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": FOLDER / "shop.sqlite3"}},
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates"}],
    SESSION_COOKIE_NAME="shop",
    USE_TZ=True,
)
django.setup()

from authlib.common.errors import AuthlibBaseError
from authlib.integrations.django_client import OAuth
from django.contrib.auth import get_user_model, login, logout
from django.http import HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.html import format_html
from django.views.decorators.http import require_POST

oauth = OAuth()
oauth.register(
    "vouch",
    client_id=os.environ.get("CLIENT_ID", "shop"),
    client_secret=os.environ["CLIENT_SECRET"],
    server_metadata_url=f"{VOUCH_URL}/.well-known/openid-configuration",
    client_kwargs={"scope": "openid phone profile", "code_challenge_method": "S256"},
)


def home(request):
    if not request.user.is_authenticated:
        return HttpResponse('<a href="/login">Sign in</a>')
    page = '<p id="user">{}</p><p id="phone">{}</p><form method="post" action="/logout"><input type="hidden" '
    page += 'name="csrfmiddlewaretoken" value="{}"><button>Sign out</button></form>'
    user = request.user
    return HttpResponse(format_html(page, user.username, request.session["phone"], get_token(request)))


def sign_in(request):
    return oauth.vouch.authorize_redirect(request, request.build_absolute_uri(reverse("callback")))


def callback(request):
    # RFC 9207; the library leaves this comparison to its caller
    if request.GET.get("iss") != oauth.vouch.load_server_metadata()["issuer"]:
        return HttpResponse("Sign-in failed: wrong issuer", status=400, content_type="text/plain")
    try:
        token = oauth.vouch.authorize_access_token(request)
    except AuthlibBaseError as error:
        return HttpResponse(f"Sign-in failed: {error.error}", status=400, content_type="text/plain")
    person = token["userinfo"]
    # the account has its stable id as the name: a number can change hands
    user, _ = get_user_model().objects.get_or_create(username=person["sub"])
    login(request, user, backend="django.contrib.auth.backends.ModelBackend")
    request.session.update({"phone": person["phone_number"], "id_token": token["id_token"]})
    return redirect("/")


@require_POST
def sign_out(request):
    hint = request.session.get("id_token", "")
    logout(request)
    back = {"id_token_hint": hint, "post_logout_redirect_uri": request.build_absolute_uri("/")}
    return redirect(f"{oauth.vouch.load_server_metadata()['end_session_endpoint']}?{urlencode(back)}")


urlpatterns = [
    path("", home),
    path("login", sign_in),
    path("callback", callback, name="callback"),
    path("logout", sign_out),
]

if __name__ == "__main__":
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    call_command("runserver", f"127.0.0.1:{PORT}", use_reloader=False)
