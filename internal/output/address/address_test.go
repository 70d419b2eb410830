package address_test

import (
	"errors"
	"strings"
	"testing"

	"speckle-runner/internal/output/address"
)

func TestParse(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"s3://bucket/a.csv": "s3://bucket/a.csv",
		"s3://my.bucket/a/b c/d%20e#f.csv?region=eu-west-1":                               "s3://my.bucket/a/b c/d%20e#f.csv",
		"s3://bucket/a.csv?endpoint=https://minio.example.com:9000/x&use_path_style=true": "s3://bucket/a.csv?endpoint=https://minio.example.com:9000/x",
		"s3://bucket/a.csv?endpoint=HTTP://127.0.0.1:9000/&use_path_style=true":           "s3://bucket/a.csv?endpoint=http://127.0.0.1:9000",
		"gs://bucket_x/a.csv": "gs://bucket_x/a.csv",
		"azblob://exports/a.csv?storage_account=acme&cdn=false":   "azblob://exports/a.csv?storage_account=acme",
		"s3://bucket/a.csv?role=arn:aws:iam::123456789012:role/x": "s3://bucket/a.csv",
	} {
		a, err := address.Parse(text)
		if err != nil || a.Place() != want {
			t.Errorf("%s is %s, %v, want %s", text, a.Place(), err, want)
		}
		if file, _, _ := strings.Cut(text, "?"); a.String() != file {
			t.Errorf("%s is called %s", text, a)
		}
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"exports/a.csv":                             "the address of a place in storage",
		"ftp://bucket/a.csv":                        "can't write to ftp://: write s3://",
		"S3://bucket/a.csv":                         "did you mean s3?",
		"gcs://bucket/a.csv":                        "did you mean gs?",
		"s3:///a.csv":                               "names no bucket",
		"s3://Bucket/a.csv":                         "Bucket can't be the name of a bucket",
		"s3://b/a.csv":                              "can't be the name",
		"s3://bucket":                               "names a bucket and no file",
		"s3://bucket/":                              "names a bucket and no file",
		"s3://bucket/folder/":                       "names a folder",
		"s3://bucket/a/../b.csv":                    ".. has no meaning",
		"s3://bucket/./b.csv":                       "a . of its own",
		"s3://bucket//b.csv":                        "// in its key",
		"s3://bucket/a\tb.csv":                      "control character",
		"s3://bucket/\xff.csv":                      "control character",
		`s3://bucket/a\b.csv`:                       "has / between",
		"s3://bucket/a.csv ":                        "ends with a space",
		"s3://bucket/" + strings.Repeat("a", 1025):  "1025 bytes",
		"s3://bucket/a.csv?":                        "can't be read",
		"s3://bucket/a.csv?%zz":                     "can't be read",
		"s3://bucket/a.csv?regoin=x":                "regoin isn't one of the settings of s3://: there are accelerate",
		"gs://bucket/a.csv?region=x":                "region isn't one of the settings of gs://",
		"s3://bucket/a.csv?s3ForcePathStyle=true":   "did you mean use_path_style?",
		"azblob://box/a.csv?account=x":              "did you mean storage_account?",
		"s3://bucket/a.csv?region=a&region=b":       "is here twice",
		"s3://bucket/a.csv?region=":                 "region: want a name",
		"s3://bucket/a.csv?role=admin":              "want the role's ARN",
		"s3://bucket/a.csv?use_path_style=yes":      "want true or false",
		"s3://bucket/a.csv?endpoint=minio:9000":     "want an address such as",
		"s3://bucket/a.csv?endpoint=https://x/?y=1": "without query",
	} {
		_, err := address.Parse(text)
		e, is := errors.AsType[*address.Error](err)
		if !is || !strings.Contains(err.Error(), want) || e.Secret {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}

// TestSecrets: what may hold a secret is told without showing it.
func TestSecrets(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"s3://AKIAEXAMPLE:hunter22@bucket/a.csv",
		"s3://AKIAEXAMPLE:hunter22/hunter22@bucket/a.csv",
		"s3://bucket/a.csv?endpoint=https://user:12/hunter22@minio.example.com",
		"azblob://box/a.csv?domain=user:hunter22@example.com",
		"s3://bucket/a.csv?endpoint=https://user:hunter22@minio.example.com",
		"s3://bucket/a.csv?secret_access_key=hunter22",
		"s3://bucket/a.csv?X-Amz-Signature=hunter22",
		"azblob://box/a.csv?sig=hunter22",
		"azblob://box/a.csv?AccountKey=hunter22",
		"gs://bucket/a.csv?private_key_path=hunter22",
	} {
		_, err := address.Parse(text)
		e, is := errors.AsType[*address.Error](err)
		if !is || !e.Secret || strings.Contains(err.Error(), "hunter22") {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestClear(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"s3://bucket/a.csv": "",
		"s3://bucket/a.csv?endpoint=https://minio.example.com":    "",
		"s3://bucket/a.csv?endpoint=http://minio.example.com:900": "minio.example.com:900",
		"s3://bucket/a.csv?endpoint=http://localhost:9000":        "",
		"s3://bucket/a.csv?endpoint=http://[::1]:9000":            "",
		"azblob://box/a.csv?protocol=http&domain=127.0.0.1:10000": "",
		"azblob://box/a.csv?protocol=http&domain=azure.test":      "azure.test",
	} {
		a, err := address.Parse(text)
		if err != nil || a.Clear() != want {
			t.Errorf("%s: %q, %v", text, a.Clear(), err)
		}
	}
}

func TestSplit(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][2]string{
		"s3://bucket/a.csv?x=y?z": {"s3://bucket/a.csv", "?x=y?z"},
		"s3://bucket/a.csv":       {"s3://bucket/a.csv", ""},
		"exports/what?.csv":       {"exports/what?.csv", ""},
		"a/b://c?.csv":            {"a/b://c?.csv", ""},
	} {
		if file, settings := address.Split(text); [2]string{file, settings} != want {
			t.Errorf("%s: %q %q", text, file, settings)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("s3://bucket/a/b.csv?endpoint=http://x&region=y")
	f.Add("azblob://c/../x?sig=1")
	f.Fuzz(func(t *testing.T, text string) {
		a, err := address.Parse(text)
		if err != nil {
			return
		}
		for segment := range strings.SplitSeq(a.Key, "/") {
			if segment == "" || segment == "." || segment == ".." {
				t.Errorf("%q has the key %q", text, a.Key)
			}
		}
		again, err := address.Parse(a.String() + "?" + a.Settings.Encode())
		if len(a.Settings) > 0 && (err != nil || again.Storage() != a.Storage() || again.Key != a.Key) {
			t.Errorf("%q comes back as %+v, %v", text, again, err)
		}
	})
}
