/** Ansible's parameters of the connection to a Docker daemon: the host's own client has the connection. */
export const dockerElsewhere = Object.fromEntries(
  [
    ...[
      'api_version',
      'docker_api_version',
      'ca_cert',
      'tls_ca_cert',
      'cacert_path',
      'client_cert',
      'tls_client_cert',
    ],
    ...[
      'cert_path',
      'client_key',
      'tls_client_key',
      'key_path',
      'docker_host',
      'docker_url',
      'ssl_version',
      'tls',
    ],
    ...['tls_hostname', 'use_ssh_client', 'validate_certs', 'tls_verify', 'timeout', 'debug'],
  ].map((name) => [name, "the host's own docker program is used; set DOCKER_HOST with `environment`"]),
)
