package jobs

// SMTP is the server that mail is handed to. Secrets are named here, never held.
type SMTP struct {
	Host        string
	Port        int
	TLS         string // "starttls", "tls" or "none"
	UsernameEnv string // "": nobody signs in
	PasswordEnv string
	From        string
}

// Mail is the receivers of an output or a notification that is sent by mail.
type Mail struct {
	To            []string
	MaxAttachment int64 // of an output: bytes of all files together
	Server        SMTP
}
