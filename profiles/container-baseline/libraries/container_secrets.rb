# frozen_string_literal: true

require 'container_check'
require 'secret_scan'

# Keys, tokens and other things left in an image that open doors elsewhere. No finding repeats a secret.
class ContainerSecrets < ContainerCheck
  name 'container_secrets'
  desc 'Asks one question about secrets left in an image'
  example <<~EXAMPLE
    describe container_secrets('environment_files', allowed: [], max_entries: 300_000) do
      it { should have_no_findings }
    end
  EXAMPLE

  KEY_STORES = /\.(?:jks|keystore|p12|pfx|ppk)\z/i.freeze
  # What ends a path => what its text must hold to count (nil: the file's presence is enough).
  CREDENTIAL_FILES = {
    '/.netrc' => /\bpassword\s+\S/i, '/_netrc' => /\bpassword\s+\S/i, '/.pgpass' => /\S+:\S+/,
    '/.my.cnf' => /^\s*password\s*=\s*\S/i, '/.git-credentials' => %r{://\S+@},
    '/.docker/config.json' => /"(?:auth|identitytoken|password)"\s*:\s*"[^"]+"/, '/.dockercfg' => /"auth"\s*:\s*"[^"]+"/,
    '/containers/auth.json' => /"auth"\s*:\s*"[^"]+"/, '/.npmrc' => /_(?:authToken|password|auth)\s*=\s*[^\s$]/,
    '/.yarnrc.yml' => /npmAuth(?:Token|Ident):\s*[^\s$]/, '/.pypirc' => /^\s*password\s*[:=]\s*\S/i,
    '/.aws/credentials' => /aws_secret_access_key\s*=\s*\S/i, '/.azure/accessTokens.json' => nil,
    '/gcloud/application_default_credentials.json' => nil, '/gcloud/credentials.db' => nil,
    '/.kube/config' => /^\s*(?:client-key-data|token|password)\s*:\s*\S/, '/.vault-token' => nil,
    '/.terraform.d/credentials.tfrc.json' => nil, '/.terraformrc' => /\btoken\s*=\s*"/,
    '/.cargo/credentials' => nil, '/.cargo/credentials.toml' => nil, '/.gem/credentials' => nil,
    '/.config/gh/hosts.yml' => /oauth_token:\s*\S/, '/.s3cfg' => /^secret_key\s*=\s*\S/
  }.freeze
  KUBECONFIG = %r{(?:/|\.)kubeconfig\z|/kubeconfig\.ya?ml\z|\A/etc/kubernetes/[^/]+\.conf\z}.freeze
  EXAMPLE_FILE = /\.(?:example|sample|template|dist|tpl|defaults?)\z/.freeze
  SECRET_LINE = /^\s*(?:export\s+)?\w*(?:PASSW|SECRET|TOKEN|API_?KEY|PRIVATE_?KEY|ACCESS_?KEY|CREDENTIAL)\w*\s*=\s*["']?[^\s"'$#]|:\/\/[^\s:\/]+:[^\s@\/]+@/i.freeze
  SECRET_NAME = /PASSW|SECRET|TOKEN|API_?KEY|PRIVATE_?KEY|ACCESS_?KEY|CREDENTIAL/i.freeze
  POINTER_NAME = /_(?:FILE|PATH|DIR|URL|URI|TTL|EXPIRY|EXPIRES)\z/i.freeze
  SSH_MATERIAL = %r{/ssh_host_\w+_key\z|/\.ssh/id_[\w-]+\z|/id_(?:rsa|dsa|ecdsa|ed25519)(?:_sk)?\z|/authorized_keys2?\z}.freeze
  HISTORIES = /\A\.(?:\w*_history|lesshst|viminfo|wget-hsts)\z/.freeze
  REPOSITORIES = %w[.git .hg .svn .bzr CVS].freeze

  def private_keys
    stores = files { |e| e.name.match?(KEY_STORES) }.map { |e| "#{e.path} is a key store" }
    permitted(scanned(:private_keys)) + stores
  end

  def access_keys
    permitted(scanned(:access_keys))
  end

  def credential_files
    files { |e| e.size.positive? }.filter_map do |e|
      ending = CREDENTIAL_FILES.keys.find { |known| e.path.end_with?(known) }
      next unless ending || e.path.match?(KUBECONFIG)

      "#{e.path} holds credentials" if holds?(e.path, CREDENTIAL_FILES.fetch(ending || '/.kube/config'))
    end
  end

  def environment_files
    files { |e| e.name.match?(/\A\.env(?:\.|\z)/) && !e.name.match?(EXAMPLE_FILE) && e.size.positive? }
      .filter_map { |e| "#{e.path} sets secrets" if holds?(e.path, SECRET_LINE) }
  end

  def ssh_keys
    files { |e| e.path.match?(SSH_MATERIAL) && e.size.positive? }
      .map { |e| "#{e.path} is #{e.name.start_with?('authorized') ? 'a list of keys that may log in' : 'an SSH key'}" }
  end

  def histories
    files { |e| e.name.match?(HISTORIES) && e.size.positive? }.map { |e| "#{e.path} (#{e.size} bytes)" }
  end

  def version_control_folders
    entries { |e| REPOSITORIES.include?(e.name) && (e.directory? || e.name == '.git') && !allowed?(e.path, option(:allowed)) }
      .reject { |e| e.name == 'CVS' && by_path["#{e.path}/Root"].nil? }
      .map { |e| "#{e.path} is a working copy's history" }
  end

  def environment_secrets
    @image.environment.filter_map do |name, value|
      next if value.empty? || !name.match?(SECRET_NAME) || name.match?(POINTER_NAME) || option(:allowed).include?(name)

      "the variable #{name} is set in the target's environment"
    end
  end

  private

  def files
    entries { |e| e.file? && yield(e) && !allowed?(e.path, option(:allowed)) }
  end

  def holds?(path, pattern)
    return true if pattern.nil?

    text = @image.bytes(path, 1_048_576)
    @unknown << "#{path} may not be read" if text.nil?
    !text.nil? && text.force_encoding('UTF-8').scrub.match?(pattern)
  end

  # "<path> holds …" without those on allowed paths.
  def permitted(findings)
    findings.reject { |finding| allowed?(finding[/\A.*(?= holds )/], option(:allowed)) }
  end

  def scanned(kind)
    all = entries
    scan = @image.memo(:secret_scan) do
      SecretScan.new(@image, all, max_file_bytes: option(:max_file_bytes), max_total_bytes: option(:max_total_bytes),
                                  excluded: option(:excluded))
    end
    @unknown << "#{scan.unread.size} file(s) may not be read (#{scan.unread.first(5).join(', ')})" if scan.unread.any?
    @unknown << 'the image holds more text than max_scan_bytes allows to read' if scan.exhausted
    scan.public_send(kind)
  end
end
