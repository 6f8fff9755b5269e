"""Raw pages of users and groups, for superusers; administrators have pages of their own."""

from __future__ import annotations

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.utils.translation import gettext_lazy as _
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from cdp.models import User
from cdp.site import PlainAdmin, SuperuserOnly


class NewUserForm(UserCreationForm):
    """Asks for the name and the password of a new user."""

    class Meta(UserCreationForm.Meta):
        model = User
        fields = ("username",)


class ChangedUserForm(UserChangeForm):
    """Asks for everything about a user but the password."""

    class Meta(UserChangeForm.Meta):
        model = User


@admin.register(User)
class UserAdmin(SuperuserOnly, DjangoUserAdmin, PlainAdmin):
    form = ChangedUserForm
    add_form = NewUserForm
    change_password_form = AdminPasswordChangeForm
    fieldsets = (*(DjangoUserAdmin.fieldsets or ()), (_("Regulars"), {"fields": ("language",)}))


admin.site.unregister(Group)
# Their pages would show the secrets; users look after their own under /account/.
admin.site.unregister((StaticDevice, TOTPDevice))


@admin.register(Group)
class GroupAdmin(SuperuserOnly, DjangoGroupAdmin, PlainAdmin):
    """Groups of permissions."""
