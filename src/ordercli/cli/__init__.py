"""The command line: parse the request, call an operation, print its result, choose the exit code."""
