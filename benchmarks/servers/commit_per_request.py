"""Run ordercli with a server that commits each request by itself: the same code, with groups of one order."""

from ordercli.__main__ import main
from ordercli.http import threads

if __name__ == "__main__":
    vars(threads)["BATCH"] = 1
    main()
