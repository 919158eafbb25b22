output "image" {
  description = "Where the image must be pushed before a job can run."
  value       = local.image
}

output "worker_email" {
  description = "The account that launcher and workers run as."
  value       = google_service_account.worker.email
}

output "worker_unique_id" {
  description = "Subject of the federated credential in Entra that lets the worker account log in without a secret."
  value       = google_service_account.worker.unique_id
}

output "add_secret_value" {
  description = "The command by which a person adds the value of the client secret, from standard input."
  value       = local.has_secret ? "gcloud secrets versions add ${var.client_secret_id} --project=${var.project} --data-file=-" : "none: the workers log in with their own identity"
}

output "launch_bodies" {
  description = "What Cloud Scheduler sends, by job, to look at or to send by hand."
  value       = { for name, one in module.launch : name => one.body }
}
