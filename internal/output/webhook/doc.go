// Package webhook sends signed messages to receivers, and words those that
// people read: hook.go and sign.go send, body.go carries records, answer.go
// reads what comes back, preset*.go know the services.
//
// It makes one attempt: whether there is another one, the ledger decides. It
// never prints the address or a secret of a receiver, and never follows a
// redirect.
package webhook
