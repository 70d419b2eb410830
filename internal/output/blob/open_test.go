package blob_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"speckle-runner/internal/output/blob"
	"speckle-runner/internal/output/target"
	"speckle-runner/internal/secret"
)

// TestCredentials: a run without any ends before it publishes, and names the
// variables; a part of them is never shown.
func TestCredentials(t *testing.T) {
	key := filepath.Join(t.TempDir(), "key.json")
	if err := os.WriteFile(key, []byte(`{"type": "no such", "private_key": "hunter22"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	broken := filepath.Join(t.TempDir(), "broken.json")
	if err := os.WriteFile(broken, []byte(`{"type": "service_account", "client_email": "a@b", "token_uri": "https://localhost:1", `+
		`"private_key": "-----BEGIN PRIVATE KEY-----\nhunter22\n-----END PRIVATE KEY-----\n"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		address string
		env     map[string]string
		want    string
	}{
		"s3": {"s3://bucket/a.csv?region=eu-west-1", map[string]string{"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""},
			"no credentials were found: credentials come from AWS_ACCESS_KEY_ID"},
		"s3 profile": {"s3://bucket/a.csv?region=eu-west-1&profile=nobody", nil, "nobody"},
		"s3 region":  {"s3://bucket/a.csv", nil, "set AWS_REGION"},
		"gs": {"gs://bucket/a.csv", map[string]string{"STORAGE_EMULATOR_HOST": "",
			"GOOGLE_APPLICATION_CREDENTIALS": filepath.Join(t.TempDir(), "gone.json")}, "GOOGLE_APPLICATION_CREDENTIALS"},
		"gs key": {"gs://bucket/a.csv", map[string]string{"STORAGE_EMULATOR_HOST": "", "GOOGLE_APPLICATION_CREDENTIALS": key},
			"no credentials were found"},
		"gs private key": {"gs://bucket/a.csv", map[string]string{"STORAGE_EMULATOR_HOST": "", "GOOGLE_APPLICATION_CREDENTIALS": broken},
			"the private_key of this service account is none"},
		"azblob": {"azblob://box/a.csv", map[string]string{"AZURE_STORAGE_ACCOUNT": "", "AZURE_STORAGE_KEY": ""},
			"set AZURE_STORAGE_ACCOUNT"},
		"azblob key": {"azblob://box/a.csv", map[string]string{"AZURE_STORAGE_KEY": "hunter22!"}, "no credentials were found"},
		"azblob sas": {"azblob://box/a.csv?domain=azure.test", map[string]string{"AZURE_STORAGE_KEY": "",
			"AZURE_STORAGE_SAS_TOKEN": "sig=hunter22"}, "AZURE_STORAGE_SAS_TOKEN is for one server"},
	} {
		t.Run(name, func(t *testing.T) {
			for variable, value := range c.env {
				t.Setenv(variable, value)
			}
			r := newRoom(t, "s3")
			p := blob.Begin(r.dir, target.Author{Run: "run"}, nil)
			defer p.Abort()
			_, err := p.Create(t.Context(), c.address, replace)
			e, is := errors.AsType[*blob.Error](err)
			file, _, _ := strings.Cut(c.address, "?")
			if !is || !e.Final || !strings.HasPrefix(err.Error(), "open "+file+": ") || !strings.Contains(err.Error(), c.want) ||
				strings.Contains(err.Error(), "hunter22") {
				t.Errorf("%v, want %s", err, c.want)
			}
		})
	}
}

// TestGoogleIsAway: a service that gives no token for now is asked again, and one that says
// no isn't.
func TestGoogleIsAway(t *testing.T) {
	private, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	var asked atomic.Int64
	away := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if asked.Add(1) == 1 {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		w.WriteHeader(http.StatusBadRequest)
		io.WriteString(w, `{"error": "invalid_grant"}`)
	}))
	defer away.Close()
	account, err := json.Marshal(map[string]string{"type": "service_account", "client_email": "a@b", "token_uri": away.URL,
		"private_key": string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(private)}))})
	key := filepath.Join(t.TempDir(), "key.json")
	if err := errors.Join(err, os.WriteFile(key, account, 0o600)); err != nil {
		t.Fatal(err)
	}
	t.Setenv("STORAGE_EMULATOR_HOST", "")
	t.Setenv("GOOGLE_APPLICATION_CREDENTIALS", key)
	r := newRoom(t, "s3")
	p := blob.Begin(r.dir, target.Author{Run: "run"}, nil)
	defer p.Abort()
	s, err := p.Create(t.Context(), "gs://bucket/a.csv", replace)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	_, err = p.Commit(t.Context(), nil)
	if e, is := errors.AsType[*blob.Error](err); !is || !e.Final || !strings.Contains(err.Error(), "(no token was given: HTTP 400)") {
		t.Error(err)
	}
}

// TestRegion: a server that only speaks like S3 needs none to be named.
func TestRegion(t *testing.T) {
	r := newRoom(t, "s3")
	t.Setenv("AWS_ENDPOINT_URL", "http://"+r.Host())
	p := blob.Begin(r.dir, target.Author{Run: "run"}, nil)
	defer p.Abort()
	s, err := p.Create(t.Context(), r.Path("a.csv")+"?use_path_style=true", replace)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Commit(t.Context(), nil); err != nil {
		t.Error(err)
	}
	r.holds(map[string]string{"a.csv": ""})
}

func TestSecrets(t *testing.T) {
	t.Setenv("AZURE_STORAGE_SAS_TOKEN", "sig=hunter22")
	var shown []string
	for _, s := range blob.Secrets() {
		shown = append(shown, s.Reveal())
	}
	if text := strings.Join(shown, " "); !strings.Contains(text, "sig=hunter22") ||
		!strings.Contains(text, os.Getenv("AWS_SECRET_ACCESS_KEY")) {
		t.Errorf("known are %d", len(shown))
	}
}

// TestSecretsInParts: requests have a signature by itself, in a query that is sorted anew,
// and services and proxies repeat requests.
func TestSecretsInParts(t *testing.T) {
	t.Setenv("AZURE_STORAGE_SAS_TOKEN", "?sig=ab12%2Bcd34%2Fef56%3D&sv=2020-08-04&se=2030-01-01T00:00:00Z")
	t.Setenv("AZURE_STORAGE_CONNECTION_STRING", "BlobEndpoint=http://h/a;SharedAccessSignature=sv=2020&sig=gh78%2Bij90%2Fkl12%3D")
	t.Setenv("AZURE_STORAGEBLOB_CONNECTIONSTRING", "AccountName=acc;AccountKey=bW5vMzQ1Njc4cHFy==;EndpointSuffix=core.windows.net")
	var known secret.Redactor
	for _, s := range blob.Secrets() {
		known.Add(s)
	}
	got := known.Text("/acc/x.csv?se=2030-01-01T00%3A00%3A00Z&sig=ab12%2Bcd34%2Fef56%3D&sv=2020-08-04, " +
		"sig gh78+ij90/kl12=, key bW5vMzQ1Njc4cHFy==")
	for _, part := range []string{"ab12", "ef56", "gh78", "kl12", "bW5v"} {
		if strings.Contains(got, part) {
			t.Errorf("%s is in %s", part, got)
		}
	}
	if !strings.Contains(got, "/acc/x.csv?se=2030") {
		t.Errorf("too much is left out: %s", got)
	}
}
