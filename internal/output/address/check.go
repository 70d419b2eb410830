package address

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"speckle-runner/internal/pattern"
	"speckle-runner/internal/said"
)

// Error says why an address can't be used, and what to do.
type Error struct {
	Message string
	Hint    string // "" when the message says it
	Secret  bool   // the address may hold a secret: it must not be shown
}

// Error gives both.
func (e *Error) Error() string {
	if e.Hint == "" {
		return e.Message
	}
	return e.Message + ": " + e.Hint
}

// maxKey is how many bytes S3 and Google take in a name; Azure counts
// characters.
const maxKey = 1024

// A name of a bucket: Google's may have _ and, with a domain, 222 characters.
// What a service refuses beyond this, it says.
const maxBucket = 222

var bucketPattern = pattern.New(`^[a-z0-9][a-z0-9._-]+$`)

func badScheme(scheme string) error {
	if slices.Contains(Schemes(), scheme) {
		return nil
	}
	meant := map[string]string{
		"gcs": "gs", "azure": "azblob", "abfs": "azblob", "abfss": "azblob", "wasb": "azblob", "wasbs": "azblob", "az": "azblob", "s3a": "s3",
		"s3n": "s3",
	}
	e := &Error{Message: "the runner can't write to " + short(scheme) + "://", Hint: "write s3://, gs:// or azblob://"}
	if to := meant[strings.ToLower(scheme)]; to != "" {
		e.Hint = "did you mean " + to + "?"
	} else if lower := strings.ToLower(scheme); slices.Contains(Schemes(), lower) {
		e.Hint = "did you mean " + lower + "?"
	}
	return e
}

func badBucket(a Address) error {
	example := a.Scheme + "://my-bucket/exports/{date}.csv"
	switch {
	case strings.ContainsAny(a.Bucket, "@:"): // a key may have a slash in it: s3://AKIA…:ab/cd@bucket
		return &Error{Message: "the address holds a user or a password", Secret: true, Hint: credentialsHint[a.Scheme]}
	case a.Bucket == "":
		return &Error{Message: "the address names no bucket", Hint: "write " + example}
	case !bucketPattern().MatchString(a.Bucket), len(a.Bucket) > maxBucket:
		return &Error{Message: short(a.Bucket) + " can't be the name of a bucket",
			Hint: "small letters, digits, -, . and _ only, as in " + example}
	}
	return nil
}

func badKey(a Address) error {
	segments := strings.Split(a.Key, "/")
	switch {
	case a.Key == "":
		return &Error{Message: "the address names a bucket and no file", Hint: "write " + a.Scheme + "://" + a.Bucket + "/exports/{date}.csv"}
	case strings.HasSuffix(a.Key, "/"):
		return &Error{Message: "the address names a folder", Hint: "add a file name, such as {date}.csv"}
	case slices.Contains(segments, ".."):
		return &Error{Message: ".. has no meaning in storage", Hint: "write the key relative to the bucket"}
	case slices.Contains(segments, ""):
		return &Error{Message: "the address has // in its key", Hint: "write one /"}
	case slices.Contains(segments, "."):
		return &Error{Message: "the key has a . of its own between slashes", Hint: "leave it out"}
	case strings.ContainsFunc(a.Key, func(r rune) bool { return r < ' ' || r == 0x7f }) || !utf8.ValidString(a.Key):
		return &Error{Message: "the key holds a control character", Hint: "write it on one line, without tabs"}
	case strings.Contains(a.Key, `\`):
		return &Error{Message: `a key has / between its parts, not \`}
	case strings.TrimSpace(a.Key) != a.Key:
		return &Error{Message: "the key begins or ends with a space"}
	case len(a.Key) > maxKey:
		return &Error{Message: fmt.Sprintf("the key has %d bytes, and storage takes %d", len(a.Key), maxKey)}
	}
	return nil
}

// settings are what an address may say, and what each one's value has to be.
// What a service's credentials are is never among them.
var settings = map[string]map[string]func(string) string{
	"s3": {
		"endpoint": endpoint, "region": word, "profile": word, "role": arn, "use_path_style": boolean,
		"accelerate": boolean, "dualstack": boolean, "fips": boolean,
		"ssetype": oneOf("AES256", "aws:kms", "aws:kms:dsse"), "kmskeyid": word,
		"request_checksum_calculation": oneOf("when_supported", "when_required"),
	},
	"gs": {}, // a token goes to Google alone
	"azblob": {
		"storage_account": plain, "domain": plain, "protocol": oneOf("http", "https"), "cdn": boolean, "localemu": boolean,
	},
}

var credentialsHint = map[string]string{
	"s3":     "credentials come from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, AWS_PROFILE, or the machine's role",
	"gs":     "credentials come from GOOGLE_APPLICATION_CREDENTIALS, gcloud, or the machine's service account",
	"azblob": "credentials come from AZURE_STORAGE_KEY, AZURE_STORAGE_SAS_TOKEN or AZURE_STORAGE_CONNECTION_STRING, or the machine's identity",
}

// Credentials says where a scheme's credentials come from.
func Credentials(scheme string) string { return credentialsHint[scheme] }

// Settings lists the settings that a scheme's addresses may have, sorted.
func Settings(scheme string) []string {
	var names []string
	for name := range settings[scheme] {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// secretName is how settings are called that hold a secret: those of signed
// addresses, too.
var secretName = pattern.New(`(?i)(secret|passw|token|signature|credential|access_?key|account_?key|private_?key|^sig$|^key$|^sas$|^x-amz-|^x-goog-)`)

func badSettings(a Address) error {
	names := make([]string, 0, len(a.Settings))
	for name := range a.Settings {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		check, known := settings[a.Scheme][name]
		values := a.Settings[name]
		switch {
		case !known && secretName().MatchString(name):
			return &Error{Message: "the address holds credentials", Secret: true, Hint: credentialsHint[a.Scheme]}
		case !known:
			return unknown(a.Scheme, name)
		case len(values) > 1:
			return &Error{Message: "the setting " + name + " is here twice"}
		}
		if wrong := check(values[0]); wrong != "" {
			return &Error{Message: "the setting " + name + ": " + wrong, Secret: strings.Contains(values[0], "@")}
		}
	}
	return nil
}

func unknown(scheme, name string) error {
	e := &Error{Message: short(name) + " isn't one of the settings of " + scheme + "://",
		Hint: "there are " + strings.Join(Settings(scheme), ", ")}
	if len(settings[scheme]) == 0 {
		e.Hint = "it has none"
	}
	meant := map[string]string{
		"s3ForcePathStyle": "use_path_style", "path_style": "use_path_style", "pathstyle": "use_path_style", "endpoint_url": "endpoint",
		"url":     "endpoint",
		"account": "storage_account", "account_name": "storage_account", "host": "domain",
	}
	if to := meant[name]; settings[scheme][to] != nil {
		e.Hint = "did you mean " + to + "?"
	}
	return e
}

func endpoint(value string) string {
	u, err := url.Parse(value)
	switch {
	case err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "":
		return "want an address such as https://minio.example.com"
	case u.User != nil, strings.Contains(value, "@"):
		return "a user or password has no place in it"
	case u.RawQuery != "" || u.Fragment != "":
		return "want an address without query or fragment"
	}
	return ""
}

func boolean(value string) string { return oneOf("true", "false")(value) }

func oneOf(values ...string) func(string) string {
	return func(value string) string {
		if slices.Contains(values, value) {
			return ""
		}
		return "want " + strings.Join(values, " or ")
	}
}

var wordPattern = pattern.New(`^[A-Za-z0-9][A-Za-z0-9._:/@+=,-]*$`)

func word(value string) string {
	if wordPattern().MatchString(value) {
		return ""
	}
	return "want a name"
}

// plain is a word where a user and a password would be, if there were any.
func plain(value string) string {
	if strings.Contains(value, "@") {
		return "a user or password has no place in it"
	}
	return word(value)
}

func arn(value string) string {
	if strings.HasPrefix(value, "arn:") {
		return word(value)
	}
	return "want the role's ARN, as in arn:aws:iam::123456789012:role/exports"
}

// short keeps what a user wrote from filling a screen.
func short(text string) string {
	const most = 40
	return said.Start(text, most)
}
