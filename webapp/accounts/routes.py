"""The pages of coming in, and of one's own account."""

from __future__ import annotations

from collections import Counter

from flask import (
    Blueprint,
    Response,
    current_app,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)

from webapp import i18n, scope
from webapp.accounts.access import (
    accounts,
    current_login_id,
    current_person,
    from_this_machine,
    let_in,
    let_out,
    limiter,
    open_to_strangers,
    peer_address,
    signed_in_person,
    way_in,
)
from webapp.accounts.devices import Device, describe
from webapp.accounts.models import Login
from webapp.accounts.schemas import LanguageForm, NameForm, parse
from webapp.errors import AppError, ErrorCode
from webapp.i18n import t

blueprint = Blueprint("accounts", __name__, template_folder="templates")

LINK_TROUBLE = (ErrorCode.FORGED, ErrorCode.EXPIRED, ErrorCode.USED_UP, ErrorCode.REVOKED)


@blueprint.get("/i/<token>")
@open_to_strangers
@way_in
def invitation(token: str) -> Response | str:
    return _invitation_page(token)


@blueprint.post("/i/<token>")
@open_to_strangers
@way_in
def join(token: str) -> Response | str:
    if current_person() is not None:
        return _to_start()
    name = request.form.get("display_name", "")
    _refuse_guessers()
    try:
        form = parse(NameForm, request.form)
        entered = accounts().invitations.join(token, form.display_name, _device())
    except AppError as error:
        if error.code == ErrorCode.BAD_INPUT:
            return _invitation_page(token, name=name, status=error.status)
        return _invitation_trouble(token, error)
    return let_in(_to_start(), entered)


@blueprint.get("/sign-in")
@open_to_strangers
@way_in
def sign_in() -> Response | str:
    return _to_start() if current_person() else render_template("accounts/sign_in.html")


@blueprint.get("/sign-in/<token>")
@open_to_strangers
@way_in
def link(token: str) -> Response | str:
    _refuse_guessers()
    logins = accounts().logins
    try:
        if logins.is_demo_link(token):
            if _is_that_demo_person(token):
                return _to_start()
            entered = logins.use_demo_link(token, _device(), from_here=from_this_machine())
            return let_in(_to_start(), entered)
        logins.check_link(token)
    except AppError as error:
        return _link_trouble(error)
    return render_template("accounts/confirm.html", token=token)


@blueprint.post("/sign-in/<token>")
@open_to_strangers
@way_in
def use_link(token: str) -> Response:
    _refuse_guessers()
    try:
        entered = accounts().logins.use_link(token, _device())
    except AppError as error:
        return _link_trouble(error)
    return let_in(_to_start(), entered)


@blueprint.get("/account")
def account() -> str:
    return _account_page()


@blueprint.post("/account/name")
def rename() -> Response:
    person = signed_in_person()
    _limit("rename")
    try:
        form = parse(NameForm, request.form)
    except AppError as error:
        wrong = request.form.get("display_name", "")
        return make_response(_account_page(wrong_name=wrong), error.status)
    accounts().people.rename(person.id, form.display_name)
    return _to_account()


@blueprint.post("/account/link")
def make_link() -> str:
    person = signed_in_person()
    _limit("sign_in_link")
    secret = accounts().logins.make_link(person.id)
    return _account_page(link=address_of("accounts.link", secret))


@blueprint.get("/account/name")
@blueprint.get("/account/link")
def back_to_account() -> Response:
    """Where the language switch leads from the answer of these forms."""
    return _to_account()


@blueprint.post("/account/devices/<login_id>/sign-out")
def end_device(login_id: str) -> Response:
    accounts().logins.end(signed_in_person().id, login_id)
    return _signed_out() if login_id == current_login_id() else _to_account()


@blueprint.post("/account/sign-out")
def sign_out() -> Response:
    login_id = current_login_id()
    if login_id:
        accounts().logins.end(signed_in_person().id, login_id)
    return _signed_out()


@blueprint.post("/account/sign-out-elsewhere")
def sign_out_elsewhere() -> Response:
    accounts().logins.end_all(signed_in_person().id, but=current_login_id())
    return _to_account()


@blueprint.post("/language")
@open_to_strangers
def language() -> Response:
    form = parse(LanguageForm, request.form)
    response = make_response(redirect(_own_path(form.next), 303))
    response.set_cookie(
        i18n.COOKIE,
        form.language,
        max_age=i18n.COOKIE_SECONDS,
        path=scope.cookie_path(),
        samesite="Lax",
        httponly=True,
    )
    return response


def _invitation_page(token: str, name: str = "", status: int = 200) -> Response:
    _refuse_guessers()
    try:
        invited = accounts().invitations.show(token)
    except AppError as error:
        return _invitation_trouble(token, error)
    body = render_template(
        "accounts/invitation.html", invited=invited, token=token, name=name, wrong=status != 200
    )
    return make_response(body, status)


def _invitation_trouble(token: str, error: AppError) -> Response:
    return _trouble(error, "accounts.invitation", accounts().invitations.asked_of(token))


def _link_trouble(error: AppError) -> Response:
    return _trouble(error, "accounts.link", None)


def _is_that_demo_person(token: str) -> bool:
    """Then the login that they have is good enough: a new one would end the other tabs' sockets."""
    person = current_person()
    return bool(person and person.demo and token == accounts().logins.demo_link(person.demo))


def _trouble(error: AppError, kind: str, by: str | None) -> Response:
    """The page of a link that lets nobody in: what is wrong with it, and whom to ask."""
    if error.code not in LINK_TROUBLE:
        raise error
    if error.code == ErrorCode.FORGED:
        limiter().allow(peer_address(), "failed_entry")
    body = render_template("accounts/trouble.html", message=error.message(), kind=kind, by=by)
    return make_response(body, error.status)


def _refuse_guessers() -> None:
    if limiter().blocked(peer_address(), "failed_entry"):
        raise AppError(ErrorCode.TOO_MANY)


def _limit(action: str) -> None:
    if not limiter().allow(signed_in_person().id, action):
        raise AppError(ErrorCode.TOO_MANY)


def _account_page(link: str | None = None, wrong_name: str | None = None) -> str:
    person, here = signed_in_person(), current_login_id()
    devices = accounts().logins.of_person(person.id)
    return render_template(
        "accounts/account.html",
        person=person,
        devices=sorted(devices, key=lambda login: login.id != here),
        here=here,
        link=link,
        wrong_name=wrong_name,
        days_unused=accounts().logins.days_unused,
        names=_names_of([login for login in devices if login.id != here]),
    )


def _names_of(devices: list[Login]) -> dict[str, str]:
    """What each login's button is called: where several devices are of a kind, also when each was
    last used, and if that is the same as well, a number."""
    labels = {login.id: login.device or t("account.unknown_device") for login in devices}
    kinds = Counter(labels.values())
    used: Counter[str] = Counter()
    names = {}
    for login in devices:
        name = labels[login.id]
        if kinds[name] > 1:
            name = t("account.device_used", device=name, when=f"{login.seen_at:%Y-%m-%d %H:%M} UTC")
            used[name] += 1
            if used[name] > 1:
                name = t("account.device_again", device=name, number=used[name])
        names[login.id] = name
    return names


def address_of(endpoint: str, token: str) -> str:
    """A whole address, to be sent to somebody."""
    path = url_for(endpoint, token=token, _external=False)
    return f"{current_app.config['BASE_URL']}{path}"


def _device() -> Device:
    return describe(request.user_agent.string)


def _signed_out() -> Response:
    return let_out(make_response(redirect(url_for("accounts.sign_in"), 303)))


def _to_start() -> Response:
    return make_response(redirect(url_for("shell.lobby"), 303))


def _to_account() -> Response:
    return make_response(redirect(url_for("accounts.account"), 303))


def _own_path(path: str) -> str:
    """`path` if it leads to a page of ours, else the start. Browsers read a backslash as a slash,
    and leave out tabs and line ends."""
    own = path.startswith("/") and not path.startswith("//")
    return path if own and "\\" not in path and path.isprintable() else "/"
