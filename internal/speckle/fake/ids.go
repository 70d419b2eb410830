package fake

// What the seeded world holds under a fixed name, whatever the seed: job files
// and tests may write these down.
const (
	// TowerID is the main project, Kingsgate Tower: 140 models.
	TowerID = "3f9a61c04d"
	// SchoolID is Riverside School.
	SchoolID = "8b27d5e190"
	// LibraryID is Quayside Library, a public project.
	LibraryID = "c40e7712fa"
	// MillID is Old Mill Conversion, finished long ago; Orla only reviews it.
	MillID = "5d83b6f02e"
	// HiddenID is a private project of somebody else.
	HiddenID = "e17c94a3b8"
	// BulkID is the project that [Bulk] fills.
	BulkID = "b0b0c0ffee"

	// FederatedID is a model of the tower with 250 versions, three pages.
	FederatedID = "a6d20f8b31"
	// Level03ID is the model of the tower whose newest version is ElementsID.
	Level03ID = "1e94c7d05a"
	// ImportsID is a model of the tower with file imports, one of them failed.
	ImportsID = "70bb3a9c2e"
	// BulkModelID is the model that holds the versions of [Bulk].
	BulkModelID = "b0b0000001"

	// ElementsID is a root object of the tower with 1,500 building elements.
	ElementsID = "9c1f4be07a25d8633e0b71c4f5a2d986"
	// UploadedID is one that came over REST: totalCount 0, yet 250 children.
	UploadedID = "4d70a8e2c95b1f36807ce4d9b2a3516f"
	// BulkRootID is the root object whose children [Bulk] counts.
	BulkRootID = "b0b0000000000000000000000000b0b0"

	// HouseID is a project of two buildings in both kinds of versions: bundles of
	// files, and object graphs. No list names it.
	HouseID = "236d44f972"
	// SmallBundleID and SmallGraphID are models of two doors and a wall.
	SmallBundleID = "a1b0000001"
	SmallGraphID  = "a1b0000002"
	// ConformanceBundleID and ConformanceGraphID are models of 200 elements.
	ConformanceBundleID = "a1b0000003"
	ConformanceGraphID  = "a1b0000004"
	// NoVersionID is a model to which nothing was published.
	NoVersionID = "a1b0000005"
	// OfficeID is the model of a small office building, a bundle: doors, walls and
	// rooms with the parameters that Revit gives.
	OfficeID = "c4d9e01f37"

	// OwnerID is Orla Byrne, who owns the tower and administers the server.
	OwnerID = "2c5e8a17f3"
	// MemberID is Søren Ågård, an ordinary user who works on the tower.
	MemberID = "90d4b6e1a2"
	// StrangerID is Piet van Dijk, who works on none of these projects.
	StrangerID = "f7a3c2095b"

	// WorkspaceSlug names the practice's workspace (see Options.Workspaces).
	WorkspaceSlug = "harbour-lime"
)

// The numbers of rows under the constants above, for tests to compare with.
const (
	TowerModels       = 140
	FederatedVersions = 250
	Elements          = 1500
	UploadedObjects   = 250
)
