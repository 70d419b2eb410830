//go:build !nocloud && !demo

package blob

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/feature/s3/transfermanager"
	parts "github.com/aws/aws-sdk-go-v2/feature/s3/transfermanager/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"

	"speckle-runner/internal/output/address"
	"speckle-runner/internal/patience"
)

// abortFor is how long an upload that ended early is tidied up, also when its
// run was canceled.
const abortFor = 15 * time.Second

// defaultRegion is what servers that only speak like S3 expect.
const defaultRegion = "us-east-1"

// openS3 takes what the SDK finds in the environment, in ~/.aws and on the
// machine, and the address's settings over it.
func openS3(ctx context.Context, a address.Address) (bucket, error) {
	cfg, err := s3Config(ctx, a.Settings)
	if err != nil {
		return nil, &fault{noCredentials, err.Error()}
	}
	if cfg.Region == "" {
		if a.Settings.Get("endpoint") == "" && cfg.BaseEndpoint == nil &&
			cmp.Or(os.Getenv("AWS_ENDPOINT_URL_S3"), os.Getenv("AWS_ENDPOINT_URL")) == "" {
			return nil, &fault{wrongRegion, ""}
		}
		cfg.Region = defaultRegion
	}
	if role := a.Settings.Get("role"); role != "" {
		cfg.Credentials = aws.NewCredentialsCache(stscreds.NewAssumeRoleProvider(sts.NewFromConfig(cfg), role))
	}
	if _, err := cfg.Credentials.Retrieve(ctx); err != nil {
		return nil, &fault{noCredentials, last(err)}
	}
	client := s3.NewFromConfig(cfg, func(o *s3.Options) {
		o.HTTPClient = onlyHTTP{patience.Unswitched(sender{o.HTTPClient})}
		o.UsePathStyle, o.UseAccelerate = yes(a.Settings, "use_path_style"), yes(a.Settings, "accelerate")
		if endpoint := a.Settings.Get("endpoint"); endpoint != "" {
			o.BaseEndpoint = &endpoint
		}
	})
	return &bucketOfS3{
		client: client, name: a.Bucket, checksums: cfg.RequestChecksumCalculation,
		encryption: types.ServerSideEncryption(a.Settings.Get("ssetype")), key: a.Settings.Get("kmskeyid"),
	}, nil
}

// sender is the SDK's client as a connection, and onlyHTTP a connection as its client.
type (
	sender   struct{ s3.HTTPClient }
	onlyHTTP struct{ http.RoundTripper }
)

func (s sender) RoundTrip(request *http.Request) (*http.Response, error) { return s.Do(request) }
func (o onlyHTTP) Do(request *http.Request) (*http.Response, error)      { return o.RoundTrip(request) }

// bucketOfS3 is a bucket of S3, or of what speaks like it.
type bucketOfS3 struct {
	client     *s3.Client
	name       string
	checksums  aws.RequestChecksumCalculation
	encryption types.ServerSideEncryption // "" is the bucket's own
	key        string                     // of KMS
}

// put hands the content over as a reader: one that breaks off, or an ended
// context, commits nothing. A large one goes in parts, which are aborted also
// after the context has ended.
func (b *bucketOfS3) put(ctx context.Context, key string, content *io.SectionReader, o putOptions) error {
	input := &transfermanager.UploadObjectInput{
		Bucket: &b.name, Key: &key, ContentType: &o.contentType, Body: &exactly{content, content.Size()},
		Metadata: map[string]string{}, ServerSideEncryption: parts.ServerSideEncryption(b.encryption),
	}
	for name, value := range o.metadata {
		input.Metadata[strings.ToLower(name)] = url.PathEscape(value) // a header takes ASCII
	}
	if o.ifAbsent {
		input.IfNoneMatch = aws.String("*")
	}
	if b.key != "" {
		input.SSEKMSKeyID = &b.key
	}
	size := int64(partSize(content.Size()))
	_, err := transfermanager.New(b.client, func(o *transfermanager.Options) {
		o.PartSizeBytes, o.MultipartUploadThreshold, o.Concurrency = size, size, maxParts
		o.RequestChecksumCalculation = b.checksums
		o.FailTimeout = abortFor
	}).UploadObject(ctx, input)
	return understood(err, explainS3)
}

// exactly is a reader of so many bytes: an end before them is an error.
type exactly struct {
	r    io.Reader
	left int64
}

func (e *exactly) Read(p []byte) (int, error) {
	n, err := e.r.Read(p)
	if e.left -= int64(n); err == io.EOF && e.left != 0 { //nolint:errorlint // EOF itself only: a wrapped one is a cut
		err = fmt.Errorf("the draft ends %d bytes early: %w", e.left, io.ErrUnexpectedEOF)
	}
	return n, err
}

func (b *bucketOfS3) about(ctx context.Context, key string) (*object, error) {
	found, err := b.client.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &b.name, Key: &key})
	if err = understood(err, explainS3); err != nil {
		if f, is := errors.AsType[*fault](err); is && f.kind == noBucket {
			return nil, nil // or no bucket: the put tells
		}
		return nil, err
	}
	o := &object{key: key, metadata: map[string]string{}, size: aws.ToInt64(found.ContentLength), version: aws.ToString(found.ETag)}
	for name, value := range found.Metadata {
		if plain, err := url.PathUnescape(value); err == nil {
			value = plain
		}
		o.metadata[strings.ToLower(name)] = value
	}
	return o, nil
}

// copy is of the object that was looked at; of what it replaces nothing is asked:
// not all that speaks like S3 can.
func (b *bucketOfS3) copy(ctx context.Context, from *object, to string, _ condition) error {
	source := url.QueryEscape(b.name + "/" + from.key)
	input := &s3.CopyObjectInput{Bucket: &b.name, Key: &to, CopySource: &source, ServerSideEncryption: b.encryption}
	if b.key != "" {
		input.SSEKMSKeyId = &b.key
	}
	if from.version != "" {
		input.CopySourceIfMatch = &from.version
	}
	_, err := b.client.CopyObject(ctx, input)
	return understood(err, explainS3)
}

// remove looks first: where versions are kept, the removal of nothing leaves a
// mark.
func (b *bucketOfS3) remove(ctx context.Context, key string, _ condition) error {
	if found, err := b.about(ctx, key); found == nil || err != nil {
		return err
	}
	_, err := b.client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &b.name, Key: &key})
	if err = understood(err, explainS3); err == nil {
		return nil
	}
	if f, is := errors.AsType[*fault](err); is && f.kind == noBucket {
		return nil
	}
	return err
}

func (b *bucketOfS3) close() {}

func s3Config(ctx context.Context, set url.Values) (aws.Config, error) {
	options := []func(*config.LoadOptions) error{}
	if region := set.Get("region"); region != "" {
		options = append(options, config.WithRegion(region))
	}
	if profile := set.Get("profile"); profile != "" {
		options = append(options, config.WithSharedConfigProfile(profile))
	}
	if yes(set, "dualstack") {
		options = append(options, config.WithUseDualStackEndpoint(aws.DualStackEndpointStateEnabled))
	}
	if yes(set, "fips") {
		options = append(options, config.WithUseFIPSEndpoint(aws.FIPSEndpointStateEnabled))
	}
	switch set.Get("request_checksum_calculation") {
	case "when_required":
		options = append(options, config.WithRequestChecksumCalculation(aws.RequestChecksumCalculationWhenRequired))
	case "when_supported":
		options = append(options, config.WithRequestChecksumCalculation(aws.RequestChecksumCalculationWhenSupported))
	}
	return config.LoadDefaultConfig(ctx, options...)
}

func explainS3(err error) *fault {
	var (
		api    smithy.APIError
		answer *awshttp.ResponseError
		status int
	)
	if errors.As(err, &answer) {
		status = answer.HTTPStatusCode()
	}
	if errors.As(err, &api) {
		detail := api.ErrorCode()
		if said := api.ErrorMessage(); said != "" {
			detail += ": " + said
		}
		switch api.ErrorCode() {
		case "NoSuchBucket":
			return &fault{noBucket, api.ErrorCode()}
		case "PreconditionFailed":
			return &fault{exists, ""}
		case "PermanentRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException", "IncorrectEndpoint":
			return &fault{wrongRegion, detail}
		case "SlowDown", "RequestTimeout", "InternalError", "ServiceUnavailable", "ConditionalRequestConflict":
			return &fault{busy, detail}
		}
		return statusFault(status, detail)
	}
	switch {
	case status == 301 || status == 307:
		return &fault{wrongRegion, ""}
	case status != 0 && status != 200:
		return statusFault(status, "")
	case strings.Contains(err.Error(), "get credentials") || strings.Contains(err.Error(), "get identity"):
		return &fault{noCredentials, last(err)}
	}
	return nil
}

// last gives the innermost error: the SDK wraps it many times over.
func last(err error) string {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err.Error()
		}
		err = inner
	}
}
