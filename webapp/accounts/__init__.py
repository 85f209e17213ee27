"""People, cohorts, invitations and logins.

accounts()          the service of the running app (service.Accounts)
current_person()    who asks; None for a stranger
current_login_id()  with which of their devices
current_hands()     through whose hands their login came
signed_in_person()  who asks, where strangers never come
open_to_strangers   marks a view that strangers reach; nothing else is open to them
init_app            wires it all into an app; first of all concerns
guard_sockets       the same wall for Socket.IO; after Socket.IO
"""

from webapp.accounts.authentication import (
    accounts,
    current_hands,
    current_login_id,
    current_person,
    guard_sockets,
    limiter,
    open_to_strangers,
    signed_in_person,
)

__all__ = [
    "accounts",
    "current_hands",
    "current_login_id",
    "current_person",
    "guard_sockets",
    "limiter",
    "open_to_strangers",
    "signed_in_person",
]
