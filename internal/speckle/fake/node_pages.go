package fake

// Pages of nodes are the schema's collections.

type userPage struct {
	Cursor *string
	Items  []*limitedUser
}

type userProjectPage struct {
	TotalCount     int32
	NumberOfHidden int32
	Cursor         *string
	Items          []*projectNode
}

type projectPage struct {
	TotalCount int32
	Cursor     *string
	Items      []*projectNode
}

type modelPage struct {
	TotalCount int32
	Cursor     *string
	Items      []*modelNode
}

type versionPage struct {
	TotalCount int32
	Cursor     *string
	Items      []*versionNode
}

type objectPage struct {
	TotalCount int32
	Cursor     *string
	Objects    []*objectNode
}

type commentPage struct {
	TotalCount int32
	Cursor     *string
	Items      []*commentNode
}

type threadPage struct {
	TotalCount         int32
	TotalArchivedCount int32
	Cursor             *string
	Items              []*commentNode
}

type authorPage struct {
	TotalCount int32
	Items      []*limitedUser
}

type uploadPage struct {
	TotalCount int32
	Cursor     *string
	Items      []*uploadNode
}

type webhookPage struct {
	TotalCount int32
	Items      []*webhookNode
}

type blobPage struct {
	TotalCount int32
	TotalSize  int32
	Cursor     *string
	Items      *[]*blobNode
}

type activityPage struct {
	TotalCount int32
	Cursor     *string
	Items      []*activityNode
}

type memberPage struct {
	TotalCount int32
	Cursor     *string
	Items      []*workspaceMember
}

type workspacePage struct {
	TotalCount int32
	Cursor     *string
	Items      []*workspaceNode
}

type adminUserPage struct {
	TotalCount int32
	Cursor     *string
	Items      []*adminUser
}
