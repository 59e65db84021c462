"""For every test of the project, the adapter's too."""

import signal

# a shell that starts a job in the background has it ignore SIGINT, and so would all that tests start and interrupt
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
