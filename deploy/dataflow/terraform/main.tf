# What a scheduled iocbeam on Dataflow needs, and nothing beside it. docs/dataflow.md goes through it step by step.

locals {
  image      = "${var.region}-docker.pkg.dev/${var.project}/${var.repository}/iocbeam${startswith(var.image_tag, "sha256:") ? "@" : ":"}${var.image_tag}"
  kinds      = toset([for one in var.jobs : one.job])
  has_secret = var.client_secret_id != ""
}

resource "google_project_service" "needed" {
  for_each = toset([
    "artifactregistry.googleapis.com",
    "cloudscheduler.googleapis.com",
    "compute.googleapis.com",
    "dataflow.googleapis.com",
    "iamcredentials.googleapis.com",
    "monitoring.googleapis.com",
    "secretmanager.googleapis.com",
    "storage.googleapis.com",
  ])

  service            = each.key
  disable_on_destroy = false
}

resource "google_artifact_registry_repository" "images" {
  location      = var.region
  repository_id = var.repository
  description   = "Images of iocbeam: launcher and worker are one."
  format        = "DOCKER"
  labels        = var.labels

  # A tag that is pushed again would change what a schedule runs.
  docker_config {
    immutable_tags = true
  }

  depends_on = [google_project_service.needed]
}

resource "google_storage_bucket" "runs" {
  name                        = var.bucket
  location                    = var.region
  labels                      = var.labels
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = false

  # A collection or a configuration that was replaced by mistake can be had back.
  versioning {
    enabled = true
  }

  # Temporary files of a run would be kept and paid for twice.
  soft_delete_policy {
    retention_duration_seconds = 0
  }

  lifecycle_rule {
    condition {
      days_since_noncurrent_time = var.keep_days
    }
    action {
      type = "Delete"
    }
  }

  # Each run writes into a directory of its own and deletes nothing.
  lifecycle_rule {
    condition {
      age            = var.keep_days
      matches_prefix = ["runs/"]
    }
    action {
      type = "Delete"
    }
  }

  lifecycle_rule {
    condition {
      age            = 7
      with_state     = "ANY"
      matches_prefix = ["temp/", "staging/"]
    }
    action {
      type = "Delete"
    }
  }

  lifecycle {
    prevent_destroy = true
  }

  depends_on = [google_project_service.needed]
}

# One template for each kind of job that is scheduled: the image and what it may be given.
resource "google_storage_bucket_object" "template" {
  for_each = local.kinds

  bucket       = google_storage_bucket.runs.name
  name         = "templates/${each.key}.json"
  content_type = "application/json"
  content = jsonencode({
    image    = local.image
    sdkInfo  = { language = "PYTHON" }
    metadata = jsondecode(file("${path.module}/../templates/${each.key}.json"))
  })
}
