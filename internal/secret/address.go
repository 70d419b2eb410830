package secret

import "net/url"

// AddPassword registers the password of an address, where it has one.
func (r *Redactor) AddPassword(address string) {
	u, err := url.Parse(address)
	if err != nil || u.User == nil {
		return
	}
	if password, set := u.User.Password(); set {
		r.Add(New(password))
	}
}
