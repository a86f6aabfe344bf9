"""The entry point by the name that the gym analytics documents give it: the same as `etl.seed`."""

from etl.seed import main

if __name__ == "__main__":
    main()
