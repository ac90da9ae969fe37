"""The Do Not Call list as a CSV file: how all common forms are read, and what is written for spreadsheets."""

from contacts.do_not_call_csv.entries import CsvEntry, CsvFault, read_entries, written_lines
from contacts.do_not_call_csv.lines import NotALine, lines_of

__all__ = ["CsvEntry", "CsvFault", "NotALine", "lines_of", "read_entries", "written_lines"]
