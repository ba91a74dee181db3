"""A Django site that signs people in by django-allauth, for test/judges-other-languages.test.ts."""

import importlib.util
import os
import re
from pathlib import Path

import allauth
import django
from django.conf import settings

VOUCH_URL = os.environ["VOUCH_URL"]
SECRET = os.environ["CLIENT_SECRET"]
# the settings of the guide are those of releases from 0.60 on; Debian 12 has 0.51, which has no OpenID Connect
HAS_OPENID_CONNECT = allauth.VERSION[:2] >= (0, 60)
HAS_MIDDLEWARE = importlib.util.find_spec("allauth.account.middleware") is not None

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.sites",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
]


def of_guide():
    """The settings of docs/quickstart/server-app.md."""
    guide = (Path(__file__).parents[2] / "docs/quickstart/server-app.md").read_text()
    block = re.search(r"^```python\n(.*?)^```$", guide, re.DOTALL | re.MULTILINE).group(1)
    names = {"INSTALLED_APPS": INSTALLED_APPS, "os": os}
    exec(block.replace("https://signin.example.com", VOUCH_URL), names)
    return names["SOCIALACCOUNT_PROVIDERS"]


def of_earlier_release():
    INSTALLED_APPS.append("vouch")
    return {"vouch": {"APP": {"client_id": "shop", "secret": SECRET, "key": ""}, "SCOPE": ["openid", "phone"]}}


settings.configure(
    ROOT_URLCONF=__name__,
    SECRET_KEY="of a test",
    DEBUG=True,
    ALLOWED_HOSTS=["localhost", "127.0.0.1"],
    SITE_ID=1,
    SOCIALACCOUNT_PROVIDERS=of_guide() if HAS_OPENID_CONNECT else of_earlier_release(),
    INSTALLED_APPS=INSTALLED_APPS,
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
        *(["allauth.account.middleware.AccountMiddleware"] if HAS_MIDDLEWARE else []),
    ],
    AUTHENTICATION_BACKENDS=["allauth.account.auth_backends.AuthenticationBackend"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "site.sqlite3"}},
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "APP_DIRS": True,
            "OPTIONS": {
                "context_processors": [
                    "django.template.context_processors.request",
                    "django.contrib.auth.context_processors.auth",
                    "django.contrib.messages.context_processors.messages",
                ]
            },
        }
    ],
    SESSION_COOKIE_NAME="site",
    STATIC_URL="/static/",
    LOGIN_REDIRECT_URL="/",
    ACCOUNT_EMAIL_VERIFICATION="none",
    SOCIALACCOUNT_LOGIN_ON_GET=True,
    USE_TZ=True,
)
django.setup()

from allauth.socialaccount.models import SocialAccount
from django.http import HttpResponse
from django.urls import include, path
from django.utils.html import format_html


def home(request):
    if not request.user.is_authenticated:
        return HttpResponse("nobody")
    account = SocialAccount.objects.get(user=request.user)
    page = '<p id="user">{}</p><p id="phone">{}</p>'
    # from 65.11 on, the answer of userinfo is beside the ID token
    claims = account.extra_data.get("userinfo", account.extra_data)
    return HttpResponse(format_html(page, account.uid, claims["phone_number"]))


urlpatterns = [path("", home), path("accounts/", include("allauth.urls"))]
if not HAS_OPENID_CONNECT:
    from allauth.socialaccount.providers.oauth2.urls import default_urlpatterns
    from vouch.provider import VouchProvider

    urlpatterns.append(path("accounts/oidc/", include(default_urlpatterns(VouchProvider))))

if __name__ == "__main__":
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    call_command("runserver", f"127.0.0.1:{os.environ['PORT']}", use_reloader=False)
