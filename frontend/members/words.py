"""What the API's codes about members are called; passed to `t` where they are shown."""

from frontend.kit.i18n import mark

STATUSES = {
    "active": mark("Active"),
    "frozen": mark("Frozen"),
    "expired": mark("Expired"),
    "cancelled": mark("Cancelled"),
}
STANDINGS = {
    "member": mark("Member"),
    "staff": mark("Staff"),
    "guest": mark("Guest"),
    "archived": mark("Archived"),
    "erased": mark("Erased"),
    "merged": mark("Merged"),
    "anyone": mark("Anyone"),
}
NUMBERS = {
    "card": mark("Card"),
    "barcode": mark("Barcode"),
    "vendor": mark("Another program's key"),
    "member_number": mark("Member number"),
}
SEGMENTS = {
    "Loyalist": mark("Loyalist"),
    "High-Value": mark("High-Value"),
    "New/Potential": mark("New/Potential"),
    "At Risk": mark("At Risk"),
}
