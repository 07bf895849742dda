"""An exam in the terminal, full screen, by Textual."""

from mlslab.exam.terminal.app import ExamApp

__all__ = ["ExamApp"]
