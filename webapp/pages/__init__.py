"""Pages of the shell that everybody gets: lobby, browser libraries, health."""
