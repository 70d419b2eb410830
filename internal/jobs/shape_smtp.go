package jobs

type smtpKey struct {
	At          at    `yaml:"-"`
	Host        text  `yaml:"host" need:"true" doc:"Name of the server that mail is handed to, such as smtp.office365.com or a relay in the house."`
	Port        count `yaml:"port" min:"1" max:"65535" default:"by tls: 587, 465 or 25" doc:"Port of the server."`
	TLS         text  `yaml:"tls" enum:"starttls,tls,none" default:"starttls" doc:"How the way there is encrypted: starttls turns a plain connection to TLS before anything is said, and sends nothing where the server can't; tls is TLS from the start; none is for a relay that has neither."`
	UsernameEnv text  `yaml:"username_env" kind:"env" doc:"Name of the environment variable with the user name, where the server wants one."`
	PasswordEnv text  `yaml:"password_env" kind:"env" doc:"Name of the environment variable with the password."`
	From        text  `yaml:"from" need:"true" doc:"Address that mail comes from, such as runner@example.com, or 'Runner <runner@example.com>'."`
}
