package shape

// SMTP is the server that mail is handed to.
type SMTP struct {
	At          At    `yaml:"-"`
	Host        Text  `yaml:"host" need:"true" doc:"Name of the server that mail is sent through, such as smtp.office365.com or your office's own relay."`
	Port        Count `yaml:"port" min:"1" max:"65535" default:"by tls: 587, 465 or 25" doc:"Port of the server."`
	TLS         Text  `yaml:"tls" enum:"starttls,tls,none" default:"starttls" doc:"How the connection is encrypted: starttls switches a plain connection to TLS before anything is sent, and sends nothing if the server can't; tls is TLS from the start; none is for a relay that has neither."`
	UsernameEnv Text  `yaml:"username_env" kind:"env" doc:"Name of the environment variable with the user name, if the server needs one."`
	PasswordEnv Text  `yaml:"password_env" kind:"env" doc:"Name of the environment variable with the password."`
	From        Text  `yaml:"from" need:"true" doc:"Address that mail comes from, such as runner@example.com, or 'Runner <runner@example.com>'."`
}
