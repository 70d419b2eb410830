//go:build !nocloud && !demo

package blob

import (
	"cmp"
	"context"
	"errors"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/feature/s3/transfermanager"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
	"gocloud.dev/blob/s3blob"

	"speckle-runner/internal/output/address"
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
		o.UsePathStyle, o.UseAccelerate = yes(a.Settings, "use_path_style"), yes(a.Settings, "accelerate")
		if endpoint := a.Settings.Get("endpoint"); endpoint != "" {
			o.BaseEndpoint = &endpoint
		}
	})
	b, err := s3blob.OpenBucket(ctx, client, a.Bucket, &s3blob.Options{
		EncryptionType: types.ServerSideEncryption(a.Settings.Get("ssetype")), KMSEncryptionID: a.Settings.Get("kmskeyid"),
		RequestChecksumCalculation: cfg.RequestChecksumCalculation,
	})
	if err != nil {
		return nil, &fault{other, err.Error()}
	}
	return &cloud{bucket: b, explain: explainS3, tune: func(as func(any) bool, size int64) { tuneS3(as, client, cfg, size) },
		tuneCopy: tuneCopyS3}, nil
}

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

func yes(set url.Values, name string) bool { return set.Get(name) == "true" }

// tuneS3 replaces gocloud's transfer manager by one that aborts its parts also
// after its context has ended, and holds one part before it begins to send.
func tuneS3(as func(any) bool, client *s3.Client, cfg aws.Config, size int64) {
	var manager *transfermanager.Client
	if !as(&manager) {
		return
	}
	*manager = *transfermanager.New(client, func(o *transfermanager.Options) {
		o.PartSizeBytes, o.MultipartUploadThreshold, o.Concurrency = int64(partSize(size)), int64(partSize(size)), maxParts
		o.RequestChecksumCalculation = cfg.RequestChecksumCalculation
		o.FailTimeout = abortFor
	})
}

// tuneCopyS3 copies no other version than the one that was looked at.
func tuneCopyS3(as func(any) bool, version string) {
	var input *s3.CopyObjectInput
	if as(&input) && version != "" {
		input.CopySourceIfMatch = &version
	}
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
