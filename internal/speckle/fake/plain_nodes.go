package fake

import "github.com/graph-gophers/graphql-go"

// Plain nodes have no resolvers: the executor reads their fields, whose names and
// types are the schema's.

type limitedUser struct {
	ID       graphql.ID
	Name     string
	Bio      *string
	Company  *string
	Avatar   *string
	Verified *bool
	Role     *string
}

func newLimitedUser(u *user) *limitedUser {
	verified := true
	return &limitedUser{
		ID: graphql.ID(u.id), Name: u.name, Bio: optional(u.bio), Company: optional(u.company), Verified: &verified, Role: &u.role,
	}
}

// optional is null for the empty text.
func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func gid(id string) graphql.ID { return graphql.ID(id) }

type scopeNode struct{ Name, Description string }

type serverInfo struct {
	Name          string
	Version       *string
	CanonicalURL  *string
	Company       *string
	Description   *string
	AdminContact  *string
	InviteOnly    *bool
	Scopes        []scopeNode
	Configuration serverConfiguration
	Migration     *serverMigration
	Workspaces    serverWorkspaces
}

type serverConfiguration struct {
	ObjectSizeLimitBytes                int32
	BlobSizeLimitBytes                  int32
	ObjectMultipartUploadSizeLimitBytes int32
	IsEmailEnabled                      bool
	EmailVerificationTimeoutMinutes     int32
}

type serverMigration struct{ MovedFrom, MovedTo *string }

type serverWorkspaces struct{ WorkspacesEnabled bool }

type apiToken struct {
	ID        string
	Name      string
	LastChars string
	Scopes    []*string
	CreatedAt dateTime
	Lifespan  bigInt
	LastUsed  dateTime
}

type userEmail struct {
	ID       graphql.ID
	Email    string
	Verified bool
	Primary  bool
	UserID   graphql.ID
}

type uploadNode struct {
	ID                  string
	ProjectID           string
	ModelName           string
	ModelID             *string
	UserID              string
	ConvertedStatus     int32
	ConvertedMessage    *string
	ConvertedVersionID  *string
	FileName            string
	FileType            string
	FileSize            int32
	UploadComplete      bool
	UploadDate          dateTime
	ConvertedLastUpdate dateTime
	UpdatedAt           dateTime
}

type collaborator struct {
	ID            graphql.ID
	Role          string
	User          *limitedUser
	SeatType      *string
	WorkspaceRole *string
}

type pendingCollaborator struct {
	ID            string
	InviteID      string
	ProjectID     string
	ProjectName   string
	Title         string
	Role          string
	InvitedBy     *limitedUser
	User          *limitedUser
	Token         *string
	WorkspaceSlug *string
}

type webhookNode struct {
	ID          string
	ProjectID   string
	HasSecret   bool
	URL         string
	Description *string
	Triggers    []string
	Enabled     *bool
}

type blobNode struct {
	ID           string
	FileName     string
	FileType     string
	FileSize     *int32
	UploadStatus int32
	CreatedAt    dateTime
	UserID       string
}

type automationsStatus struct {
	ID             graphql.ID
	Status         string
	StatusMessage  *string
	AutomationRuns []*automationRun
}

type automationRun struct {
	ID           graphql.ID
	Status       string
	CreatedAt    dateTime
	UpdatedAt    dateTime
	Automation   *automationNode
	AutomationID string
}

type automationNode struct {
	ID               graphql.ID
	Name             string
	Enabled          bool
	IsTestAutomation bool
	CreatedAt        dateTime
	UpdatedAt        dateTime
}

type viewerResource struct {
	ModelID   *string
	VersionID *string
	ObjectID  string
}

type activityNode struct {
	ID           graphql.ID
	ActionType   string
	Info         jsonObject
	UserID       string
	StreamID     *string
	ResourceID   string
	ResourceType string
	Time         dateTime
	Message      string
}

type workspacePlan struct {
	Name      string
	Status    string
	CreatedAt dateTime
	Usage     planUsage
}

type planUsage struct{ ProjectCount, ModelCount int32 }

type workspaceMember struct {
	ID       graphql.ID
	Role     string
	SeatType *string
	JoinDate dateTime
	Email    *string
	User     *limitedUser
}

type serverStatistics struct{ TotalProjectCount, TotalUserCount, TotalPendingInvites int32 }

type adminUser struct {
	ID       graphql.ID
	Email    *string
	Name     string
	Company  *string
	Avatar   *string
	Verified *bool
	Role     *string
}
