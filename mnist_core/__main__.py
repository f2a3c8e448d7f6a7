"""`python -m mnist_core`: the command line."""

from mnist_core.cli import main

if __name__ == "__main__":
    main()
