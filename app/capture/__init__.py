"""Sound coming in: the process that holds the input device and writes takes to disk, and what speaks to it. No Qt."""
