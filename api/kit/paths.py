"""Under which paths the API is served: `api.routes` mounts each noun below one of them."""

PREFIX = "/api/v1"
OWN_ACCOUNT = PREFIX + "/auth/"
"""Where people look after their own account, also in a gym that is suspended."""
UNSUBSCRIBE, CONFIRM = "/u", "/confirm"
PUBLIC_PAGES = (UNSUBSCRIBE, CONFIRM)
"""For people without an account: links in mails, not part of the API."""
PORTUGUESE = "/aluno"
"""For clients that use the challenge's Portuguese paths, at the root, as it specifies them."""

LIMITED = (PREFIX + "/", *(path + "/" for path in (*PUBLIC_PAGES, PORTUGUESE)))
"""Where requests are counted: everywhere but at the health checks and the documentation."""
