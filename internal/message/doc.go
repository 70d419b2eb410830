// Package message seals a message with its receiver, in the form that a ledger keeps,
// and sends it once. A message names the variables of its receiver's secrets, which
// are read when it is sent and never before. The package decides neither who gets
// which message nor when one is tried again.
package message
