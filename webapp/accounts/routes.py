"""The pages of coming in, and of one's own account."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

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

from webapp.accounts.authentication import (
    accounts,
    client_address,
    current_is_fresh,
    current_login_id,
    current_maker,
    current_person,
    from_this_machine,
    let_in,
    let_out,
    limiter,
    note_told,
    open_to_strangers,
    opened_by_hand,
    signed_in_person,
    way_in,
)
from webapp.accounts.models import Login
from webapp.accounts.schemas import LanguageForm, NameForm, parse
from webapp.accounts.sign_in_links import LINK_LASTS
from webapp.accounts.user_agent import Device, describe
from webapp.http import preview_prefix
from webapp.http.errors import AppError, ErrorCode
from webapp.http.forms import sent_to
from webapp.http.security_log import security_log
from webapp.http.trusted_proxies import limited_as
from webapp.infra import i18n
from webapp.infra.i18n import t

blueprint = Blueprint("accounts", __name__, template_folder="templates")

WRONG_NAME = (ErrorCode.BAD_INPUT, ErrorCode.NAME_TAKEN)
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
    try:
        form = parse(NameForm, request.form)
        entered = accounts().invitations.join(token, form.display_name, _device())
    except AppError as error:
        if error.code in WRONG_NAME:
            return _invitation_page(token, name=name, wrong=error)
        return _invitation_trouble(token, error)
    return let_in(_to_start(), entered, "invitation")


@blueprint.get("/sign-in")
@open_to_strangers
@way_in
def sign_in() -> Response | str:
    return _to_start() if current_person() else render_template("accounts/sign_in.html")


@blueprint.get("/sign-in/<token>")
@open_to_strangers
@way_in
def link(token: str) -> Response | str:
    links = accounts().links
    try:
        if links.is_demo_link(token):
            links.check_demo_link(token, from_here=from_this_machine())
            if _is_that_demo_person(token):
                return _to_start()
            # Another site may lead a browser here: then somebody has to press the button.
            if opened_by_hand():
                return _use(token)
        else:
            links.check(token)
    except AppError as error:
        return _link_trouble(error)
    return render_template("accounts/confirm.html", token=token, once=not links.is_demo_link(token))


@blueprint.post("/sign-in/<token>")
@open_to_strangers
@way_in
def use_link(token: str) -> Response:
    try:
        return _use(token)
    except AppError as error:
        return _link_trouble(error)


def _use(token: str) -> Response:
    links = accounts().links
    if links.is_demo_link(token):
        entered = links.use_demo_link(token, _device(), from_here=from_this_machine())
        return let_in(_to_start(), entered, "demo")
    return let_in(_to_start(), links.use(token, _device()), "link")


@blueprint.get("/account")
def account() -> str:
    return _account_page()


@blueprint.post("/account/activity/seen")
def dismiss_activity() -> Response:
    note_told()
    return _to_account()


@blueprint.post("/account/name")
def rename() -> Response:
    person = signed_in_person()
    _limit("rename")
    try:
        form = parse(NameForm, request.form)
        accounts().people.rename(person.id, form.display_name)
    except AppError as error:
        if error.code not in WRONG_NAME:
            raise
        return make_response(_account_page(wrong=error), error.status)
    return _to_account()


@blueprint.post("/account/link")
def make_link() -> str:
    person = signed_in_person()
    _limit("sign_in_link")
    secret = accounts().links.make(person.id, current_maker())
    return _account_page(link=address_of("accounts.link", secret))


@blueprint.post("/account/links/<token_hash>/void")
def void_link(token_hash: str) -> Response:
    person = signed_in_person()
    accounts().links.void(person.id, token_hash)
    security_log().note("link_voided", person=person.id)
    return _to_account()


@blueprint.get("/account/name")
@blueprint.get("/account/link")
@blueprint.get("/account/activity/seen")
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
        person = signed_in_person()
        accounts().logins.end(person.id, login_id)
        security_log().note("signed_out", person=person.id, login=login_id)
    return _signed_out()


@blueprint.post("/account/sign-out-elsewhere")
def sign_out_elsewhere() -> Response:
    person = signed_in_person()
    accounts().logins.end_all(person.id, but=current_login_id())
    security_log().note("signed_out_elsewhere", person=person.id)
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
        path=preview_prefix.cookie_path(),
        samesite="Lax",
        httponly=True,
    )
    return response


def _invitation_page(token: str, name: str = "", wrong: AppError | None = None) -> Response:
    try:
        invited = accounts().invitations.show(token)
    except AppError as error:
        return _invitation_trouble(token, error)
    body = render_template(
        "accounts/invitation.html",
        invited=invited,
        token=token,
        name=name or sent_to("accounts.join", token=token).get("display_name", ""),
        wrong=_name_trouble(wrong),
    )
    return make_response(body, wrong.status if wrong else 200)


def _name_trouble(error: AppError | None) -> str:
    """What is said beside the field of a name."""
    if error is None:
        return ""
    return t("name.wrong") if error.code == ErrorCode.BAD_INPUT else error.message()


def _invitation_trouble(token: str, error: AppError) -> Response:
    return _trouble(error, "accounts.invitation", accounts().invitations.asked_of(token))


def _link_trouble(error: AppError) -> Response:
    return _trouble(error, "accounts.link", None)


def _is_that_demo_person(token: str) -> bool:
    """Then the login that they have is good enough: a new one would end the other tabs' sockets."""
    person = current_person()
    is_theirs = person and person.demo and token == accounts().links.demo_link(person.demo)
    return bool(is_theirs and current_is_fresh())


def _trouble(error: AppError, kind: str, by: str | None) -> Response:
    """The page of a link that lets nobody in: what is wrong with it, and whom to ask."""
    if error.code not in LINK_TROUBLE:
        raise error
    if error.code == ErrorCode.FORGED:
        # Only what fails is counted and refused: whoever has a good link comes in, however many
        # wrong ones came from the same address.
        address = limited_as(client_address())
        security_log().note("wrong_link", kind=kind, source=security_log().source(address))
        if not limiter().allow(address, "failed_entry"):
            wait = limiter().retry_after(address, "failed_entry")
            raise AppError(ErrorCode.TOO_MANY, retry_after=wait)
    body = render_template("accounts/trouble.html", message=error.message(), kind=kind, by=by)
    return make_response(body, error.status)


def _limit(action: str) -> None:
    who = signed_in_person().id
    if not limiter().allow(who, action):
        raise AppError(ErrorCode.TOO_MANY, retry_after=limiter().retry_after(who, action))


def _account_page(link: str | None = None, wrong: AppError | None = None) -> str:
    person, here = signed_in_person(), current_login_id()
    devices = accounts().logins.of_person(person.id)
    return render_template(
        "accounts/account.html",
        person=person,
        devices=sorted(devices, key=lambda login: login.id != here),
        here=here,
        link=link,
        name=sent_to("accounts.rename").get("display_name", person.display_name),
        wrong=_name_trouble(wrong),
        open_links=accounts().links.open_links(person.id),
        activity=accounts().logins.activity(person.id),
        minutes=LINK_LASTS // timedelta(minutes=1),
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
