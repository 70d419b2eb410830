//go:build !nocloud && !demo

package blob

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/streaming"
	azblob "github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/bloberror"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blockblob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"

	"speckle-runner/internal/patience"
)

// bucketOfAzure is a container. The SDK's UploadStream isn't for us: it unmaps
// its buffers while a canceled request may still read them, and that ends the
// process.
type bucketOfAzure struct{ client *container.Client }

func (b *bucketOfAzure) put(ctx context.Context, key string, content *io.SectionReader, o putOptions) error {
	client := b.client.NewBlockBlobClient(key)
	headers := &azblob.HTTPHeaders{BlobContentType: &o.contentType}
	metadata := map[string]*string{}
	for name, value := range o.metadata {
		metadata[name] = &value
	}
	condition := o.azure()
	if every := azcore.ETagAny; o.ifAbsent {
		condition = &azblob.AccessConditions{ModifiedAccessConditions: &azblob.ModifiedAccessConditions{IfNoneMatch: &every}}
	}
	part := int64(partSize(content.Size()))
	if content.Size() <= part {
		_, err := client.Upload(ctx, section(content, 0, content.Size()),
			&blockblob.UploadOptions{HTTPHeaders: headers, Metadata: metadata, AccessConditions: condition})
		return azureFault(err)
	}
	// Blocks that no list names are dropped by Azure in a week.
	var list []string
	prefix := rand.Text()
	for at := int64(0); at < content.Size(); at += part {
		id := base64.StdEncoding.EncodeToString(fmt.Appendf(nil, "%s%06d", prefix, len(list)))
		if _, err := client.StageBlock(ctx, id, section(content, at, min(part, content.Size()-at)), nil); err != nil {
			return azureFault(err)
		}
		list = append(list, id)
	}
	_, err := client.CommitBlockList(ctx, list, &blockblob.CommitBlockListOptions{HTTPHeaders: headers, Metadata: metadata,
		AccessConditions: condition})
	return azureFault(err)
}

// section is a part of a content as the SDK takes it: it reads it again when it
// tries again. The length is sent ahead, so a short one is refused.
func section(content *io.SectionReader, at, size int64) io.ReadSeekCloser {
	return streaming.NopCloser(io.NewSectionReader(content, at, size))
}

func (b *bucketOfAzure) about(ctx context.Context, key string) (*object, error) {
	found, err := b.client.NewBlobClient(key).GetProperties(ctx, nil)
	if bloberror.HasCode(err, bloberror.BlobNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, azureFault(err)
	}
	o := &object{key: key, metadata: map[string]string{}}
	if found.ETag != nil {
		o.version = string(*found.ETag)
	}
	if found.ContentLength != nil {
		o.size = *found.ContentLength
	}
	for name, value := range found.Metadata {
		if value != nil {
			o.metadata[strings.ToLower(name)] = *value
		}
	}
	return o, nil
}

// azure gives a condition in Azure's words.
func (o condition) azure() *azblob.AccessConditions {
	if !o.looked {
		return nil
	}
	if o.was == nil {
		every := azcore.ETagAny
		return &azblob.AccessConditions{ModifiedAccessConditions: &azblob.ModifiedAccessConditions{IfNoneMatch: &every}}
	}
	version := azcore.ETag(o.was.version)
	return &azblob.AccessConditions{ModifiedAccessConditions: &azblob.ModifiedAccessConditions{IfMatch: &version}}
}

// copyLook is how often a copy is asked for its end: within one account it is
// mostly there at once.
const copyLook = time.Second

func (b *bucketOfAzure) copy(ctx context.Context, from *object, to string, o condition) error {
	version := azcore.ETag(from.version)
	target := b.client.NewBlobClient(to)
	begun, err := target.StartCopyFromURL(ctx, b.client.NewBlobClient(from.key).URL(), &azblob.StartCopyFromURLOptions{
		AccessConditions: o.azure(), SourceModifiedAccessConditions: &azblob.SourceModifiedAccessConditions{SourceIfMatch: &version},
	})
	if err != nil {
		return azureFault(err)
	}
	for status := begun.CopyStatus; status == nil || *status != azblob.CopyStatusTypeSuccess; {
		if status != nil && *status != azblob.CopyStatusTypePending {
			return &fault{busy, "the copy ended: " + string(*status)}
		}
		if err := patience.Wait(ctx, copyLook); err != nil {
			return err
		}
		found, err := target.GetProperties(ctx, nil)
		if err != nil {
			return azureFault(err)
		}
		status = found.CopyStatus
	}
	return nil
}

func (b *bucketOfAzure) remove(ctx context.Context, key string, o condition) error {
	_, err := b.client.NewBlobClient(key).Delete(ctx, &azblob.DeleteOptions{AccessConditions: o.azure()})
	if bloberror.HasCode(err, bloberror.BlobNotFound) {
		return nil
	}
	return azureFault(err)
}

func (b *bucketOfAzure) close() {}

func azureFault(err error) error { return understood(err, explainAzure) }

func explainAzure(err error) *fault {
	var answer *azcore.ResponseError
	if !errors.As(err, &answer) {
		if text := err.Error(); strings.Contains(text, "AzureCredential") || strings.Contains(text, "azidentity") {
			first, _, _ := strings.Cut(text, "\n")
			return &fault{noCredentials, first}
		}
		return nil
	}
	switch answer.ErrorCode {
	case "ContainerNotFound":
		return &fault{noBucket, answer.ErrorCode}
	case "BlobAlreadyExists", "ConditionNotMet", "SourceConditionNotMet", "TargetConditionNotMet":
		return &fault{exists, ""}
	case "ContainerBeingDeleted", "ServerBusy", "InternalError", "OperationTimedOut":
		return &fault{busy, answer.ErrorCode}
	}
	return statusFault(answer.StatusCode, answer.ErrorCode)
}
