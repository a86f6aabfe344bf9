"""The entry point under the name that the gym analytics documents use: the same as `etl.seed`."""

from etl.seed import main

if __name__ == "__main__":
    main()
