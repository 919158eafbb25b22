# Who may do what. The worker account runs launcher and workers; the scheduler account only launches.

resource "google_service_account" "worker" {
  account_id   = "iocbeam-worker"
  display_name = "iocbeam: launcher and workers"
}

resource "google_service_account" "scheduler" {
  account_id   = "iocbeam-scheduler"
  display_name = "iocbeam: Cloud Scheduler"
}

resource "google_project_iam_member" "worker_runs" {
  project = var.project
  role    = "roles/dataflow.worker"
  member  = google_service_account.worker.member
}

resource "google_storage_bucket_iam_member" "worker_files" {
  bucket = google_storage_bucket.runs.name
  role   = "roles/storage.objectAdmin"
  member = google_service_account.worker.member
}

resource "google_artifact_registry_repository_iam_member" "worker_image" {
  location   = google_artifact_registry_repository.images.location
  repository = google_artifact_registry_repository.images.name
  role       = "roles/artifactregistry.reader"
  member     = google_service_account.worker.member
}

resource "google_project_iam_member" "scheduler_launches" {
  project = var.project
  role    = "roles/dataflow.developer"
  member  = google_service_account.scheduler.member
}

# To launch a job as the worker account one must be allowed to act as it.
resource "google_service_account_iam_member" "scheduler_as_worker" {
  service_account_id = google_service_account.worker.name
  role               = "roles/iam.serviceAccountUser"
  member             = google_service_account.scheduler.member
}

resource "google_storage_bucket_iam_member" "scheduler_templates" {
  bucket = google_storage_bucket.runs.name
  role   = "roles/storage.objectViewer"
  member = google_service_account.scheduler.member

  condition {
    title       = "templates only"
    description = "The specifications that are launched, not what runs write."
    expression  = "resource.name.startsWith(\"projects/_/buckets/${google_storage_bucket.runs.name}/objects/templates/\")"
  }
}

# The container of the secret. Its value is added by a person and is never in Terraform's state.
resource "google_secret_manager_secret" "client_secret" {
  count = local.has_secret ? 1 : 0

  secret_id           = var.client_secret_id
  labels              = var.labels
  deletion_protection = true

  replication {
    auto {}
  }

  depends_on = [google_project_service.needed]
}

resource "google_secret_manager_secret_iam_member" "worker_client_secret" {
  count = local.has_secret ? 1 : 0

  secret_id = google_secret_manager_secret.client_secret[0].id
  role      = "roles/secretmanager.secretAccessor"
  member    = google_service_account.worker.member
}

resource "google_secret_manager_secret_iam_member" "worker_other_secrets" {
  for_each = var.other_secret_ids

  project   = var.project
  secret_id = each.key
  role      = "roles/secretmanager.secretAccessor"
  member    = google_service_account.worker.member
}
