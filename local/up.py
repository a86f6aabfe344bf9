"""`run.py up`: the whole platform on this machine, until Ctrl-C."""

from __future__ import annotations

import sys
import time

from local.platform import DEMO_EMAIL, DEMO_PASSWORD, DEMO_SUPER_ADMIN, Platform, run
from local.settings import read_up


def main() -> int:
    began = time.monotonic()

    def serve(platform: Platform) -> None:
        print_addresses(platform, time.monotonic() - began)
        platform.supervisor.watch()

    return run(read_up(sys.argv[1:]), serve)


def print_addresses(platform: Platform, seconds: float) -> None:
    say, known = platform.supervisor.say, platform.addresses()
    say(f"ready after {seconds:.0f} s")
    say("")
    say(f"Dashboard  {known['WEB_URL']}")
    if platform.settings.seed_mode != "off":
        say(f"           sign in as {DEMO_EMAIL} with {DEMO_PASSWORD}")
        say(f"           or as {DEMO_SUPER_ADMIN}, who runs the platform, with the same")
    say(f"API        {known['API_URL']}/docs")
    if "MAIL_URL" in known:
        say(f"Mail       {known['MAIL_URL']}  (every mail arrives here; none leaves this machine)")
    say("")
    say(f"Data in {platform.settings.data_dir}; Ctrl-C stops everything.")


if __name__ == "__main__":
    sys.exit(main())
