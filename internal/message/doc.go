// Package message is a message on its way: for whom it is, what it says, how a
// ledger keeps it, and how it is sent once. A message names the variables of its
// receiver's secrets, which are read when it is sent and never before. The package
// decides neither who is told of what nor when a message is tried again.
package message
