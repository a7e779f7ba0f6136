-- Text that holds JSON is named so. Times are ISO text in UTC. Names of endpoints and computes are compared without regard to case, as in Azure.

CREATE TABLE endpoint (
  name TEXT NOT NULL PRIMARY KEY COLLATE NOCASE,
  description TEXT,
  auth_mode TEXT NOT NULL,
  default_deployment TEXT COLLATE NOCASE,
  tags_json TEXT NOT NULL,
  properties_json TEXT NOT NULL,
  created_at TEXT NOT NULL,
  modified_at TEXT NOT NULL
) STRICT;

CREATE TABLE asset (
  -- The order in which versions were made: "latest" is the highest.
  sequence INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  version TEXT NOT NULL,
  type TEXT,
  -- Paths are bytes when they are not UTF-8.
  path ANY,
  source ANY,
  by_reference INTEGER NOT NULL,
  hash TEXT NOT NULL,
  is_anonymous INTEGER NOT NULL,
  archived INTEGER NOT NULL,
  description TEXT,
  stage TEXT,
  tags_json TEXT NOT NULL,
  properties_json TEXT NOT NULL,
  definition_json TEXT,
  created_at TEXT NOT NULL,
  modified_at TEXT NOT NULL,
  UNIQUE (kind, name, version)
) STRICT;

CREATE TABLE deployment (
  endpoint TEXT NOT NULL COLLATE NOCASE REFERENCES endpoint (name) ON DELETE CASCADE,
  name TEXT NOT NULL COLLATE NOCASE,
  description TEXT,
  tags_json TEXT NOT NULL,
  properties_json TEXT NOT NULL,
  model_name TEXT,
  model_version TEXT,
  code_name TEXT,
  code_version TEXT,
  scoring_script TEXT,
  environment_name TEXT,
  environment_version TEXT,
  compute TEXT NOT NULL COLLATE NOCASE,
  settings_json TEXT NOT NULL,
  created_at TEXT NOT NULL,
  modified_at TEXT NOT NULL,
  PRIMARY KEY (endpoint, name)
) STRICT;

CREATE INDEX deployment_model ON deployment (model_name, model_version);
CREATE INDEX deployment_code ON deployment (code_name, code_version);
CREATE INDEX deployment_environment ON deployment (environment_name, environment_version);
CREATE INDEX deployment_compute ON deployment (compute);

CREATE TABLE compute (
  name TEXT NOT NULL PRIMARY KEY COLLATE NOCASE,
  type TEXT NOT NULL,
  description TEXT,
  tags_json TEXT NOT NULL,
  max_jobs INTEGER NOT NULL,
  max_instances INTEGER,
  properties_json TEXT NOT NULL,
  created_at TEXT NOT NULL,
  modified_at TEXT NOT NULL
) STRICT;

CREATE TABLE datastore (
  name TEXT NOT NULL PRIMARY KEY COLLATE NOCASE,
  type TEXT NOT NULL,
  description TEXT,
  tags_json TEXT NOT NULL,
  properties_json TEXT NOT NULL,
  created_at TEXT NOT NULL,
  modified_at TEXT NOT NULL
) STRICT;

CREATE TABLE job (
  -- The order of the queue. AUTOINCREMENT: a place is never given twice.
  place INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL UNIQUE,
  endpoint TEXT COLLATE NOCASE,
  deployment TEXT COLLATE NOCASE,
  compute TEXT NOT NULL COLLATE NOCASE,
  display_name TEXT,
  experiment TEXT,
  description TEXT,
  tags_json TEXT NOT NULL,
  properties_json TEXT NOT NULL,
  stage TEXT NOT NULL,
  status TEXT NOT NULL,
  archived INTEGER NOT NULL,
  client_key TEXT UNIQUE,
  auto_resume INTEGER NOT NULL,
  resumes INTEGER NOT NULL,
  created_at TEXT NOT NULL,
  modified_at TEXT NOT NULL
) STRICT;

-- What queues and healing ask for: the jobs that are not over, in order.
CREATE INDEX job_unfinished ON job (compute, place) WHERE stage <> 'ended';
CREATE INDEX job_of_deployment ON job (endpoint, deployment, place);
CREATE INDEX job_listed ON job (archived, place);

-- What is there without anybody making it.
INSERT INTO compute (name, type, description, tags_json, max_jobs, max_instances, properties_json, created_at, modified_at)
VALUES ('local', 'local', 'This machine', '{}', 2, NULL, '{}', strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), strftime('%Y-%m-%dT%H:%M:%fZ', 'now'));

INSERT INTO datastore (name, type, description, tags_json, properties_json, created_at, modified_at)
VALUES
  ('workspaceblobstore', 'azure_blob', 'Folder datastores/workspaceblobstore in the home folder', '{}', '{}', strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
  ('workspaceartifactstore', 'azure_blob', 'Folder datastores/workspaceartifactstore in the home folder', '{}', '{}', strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), strftime('%Y-%m-%dT%H:%M:%fZ', 'now'));
