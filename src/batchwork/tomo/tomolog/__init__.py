"""Publishing scans through TomoLog, a program that makes a page of Google Slides about each."""
