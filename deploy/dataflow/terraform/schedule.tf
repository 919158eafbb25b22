# One entry of Cloud Scheduler for each job. It calls flexTemplates:launch; the answer comes before the job has begun.

module "launch" {
  source   = "./launch"
  for_each = var.jobs

  project         = var.project
  region          = var.region
  bucket          = google_storage_bucket.runs.name
  image           = local.image
  service_account = google_service_account.worker.email
  subnetwork      = var.subnetwork
  private_workers = var.private_workers
  labels          = var.labels
  client_secret   = local.has_secret ? "gcp-secret:projects/${var.project}/secrets/${var.client_secret_id}/versions/latest" : ""

  name         = each.key
  job          = each.value.job
  parameters   = each.value.parameters
  machine_type = each.value.machine_type
  max_workers  = each.value.max_workers
}

resource "google_cloud_scheduler_job" "run" {
  for_each = var.jobs

  name        = each.key
  description = "iocbeam ${each.value.job}"
  region      = var.region
  schedule    = each.value.schedule
  time_zone   = each.value.time_zone
  paused      = each.value.paused

  # A second attempt after an answer that was lost would only be refused: the next run makes up for a missed one.
  retry_config {
    retry_count = 0
  }

  http_target {
    http_method = "POST"
    uri         = module.launch[each.key].uri
    body        = base64encode(module.launch[each.key].body)
    headers     = { "Content-Type" = "application/json" }

    oauth_token {
      service_account_email = google_service_account.scheduler.email
      scope                 = "https://www.googleapis.com/auth/cloud-platform"
    }
  }

  depends_on = [
    google_project_iam_member.scheduler_launches,
    google_service_account_iam_member.scheduler_as_worker,
    google_storage_bucket_iam_member.scheduler_templates,
    google_storage_bucket_object.template,
  ]
}

resource "google_monitoring_alert_policy" "failed" {
  count = length(var.notification_channels) > 0 ? 1 : 0

  display_name          = "iocbeam: a run failed"
  combiner              = "OR"
  notification_channels = var.notification_channels
  user_labels           = var.labels

  conditions {
    display_name = "A Dataflow job failed"

    condition_threshold {
      filter          = "resource.type = \"dataflow_job\" AND metric.type = \"dataflow.googleapis.com/job/is_failed\" AND resource.labels.job_name = one_of(${join(", ", [for one in module.launch : "\"${one.job_name}\""])})"
      comparison      = "COMPARISON_GT"
      threshold_value = 0
      duration        = "0s"

      aggregations {
        alignment_period   = "60s"
        per_series_aligner = "ALIGN_MAX"
      }
    }
  }

  depends_on = [google_project_service.needed]
}

# Of a policy on log lines Monitoring takes one condition only.
resource "google_monitoring_alert_policy" "not_launched" {
  count = length(var.notification_channels) > 0 ? 1 : 0

  display_name          = "iocbeam: a run was not launched"
  combiner              = "OR"
  notification_channels = var.notification_channels
  user_labels           = var.labels

  conditions {
    display_name = "Cloud Scheduler was refused"

    condition_matched_log {
      filter = "resource.type=\"cloud_scheduler_job\" AND severity>=ERROR AND resource.labels.job_id=(${join(" OR ", [for name in keys(var.jobs) : "\"${name}\""])})"
    }
  }

  # A policy on log lines must say how often it may notify.
  alert_strategy {
    notification_rate_limit {
      period = "3600s"
    }
    auto_close = "86400s"
  }

  depends_on = [google_project_service.needed]
}
