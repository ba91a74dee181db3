"""A provider for django-allauth before 0.52, which has none for OpenID Connect: OAuth 2.0, PKCE and userinfo."""

from allauth.socialaccount.providers.base import ProviderAccount
from allauth.socialaccount.providers.oauth2.provider import OAuth2Provider


class VouchProvider(OAuth2Provider):
    id = "vouch"
    name = "Vouch"
    account_class = ProviderAccount

    def extract_uid(self, data):
        return data["sub"]

    def extract_common_fields(self, data):
        return {"username": data["sub"]}


provider_classes = [VouchProvider]
