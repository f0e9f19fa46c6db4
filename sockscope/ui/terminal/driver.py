"""Textual's driver of the terminal, made to give back what it took, whatever fails.

The rule: while the terminal is taken, or was so and not everything is written yet, `taken` says so; where it cannot be
taken as a whole, because a thread cannot start, it is given back before that is told.
"""

from textual.drivers.linux_driver import LinuxDriver

from sockscope.ui.terminal.textual_internals import forget_writer, writes


class TerminalDriver(LinuxDriver):
    """Takes the terminal and gives it back; there is one terminal, so `taken` is the class's."""

    taken = False
    _away = False  # suspended, and not resumed yet

    def start_application_mode(self) -> None:
        """Take the terminal."""
        TerminalDriver.taken = True
        try:
            super().start_application_mode()  # type: ignore[no-untyped-call]
        except BaseException:
            if writes(self):
                self.stop_application_mode()
            else:  # nothing was written or changed
                forget_writer(self)
            raise

    def suspend_application_mode(self) -> None:
        """Give the terminal back for a while."""
        super().suspend_application_mode()
        self._away = True

    def resume_application_mode(self) -> None:
        """Take it again; where nobody gave it back, for SIGSTOP asks nobody, that comes first."""
        if not self._away:
            self.suspend_application_mode()
        super().resume_application_mode()
        self._away = False

    def close(self) -> None:
        """Write what is left to be written."""
        super().close()
        TerminalDriver.taken = False
