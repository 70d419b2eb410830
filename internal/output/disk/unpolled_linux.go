package disk

import "syscall"

// Unpolled is for opening regular files and folders: Go's runtime would try to
// wait for them as for a network, which takes five calls to the system and is refused.
const Unpolled = syscall.O_NONBLOCK
