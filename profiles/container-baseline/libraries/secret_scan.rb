# frozen_string_literal: true

# Reads the image's small text files once and remembers which kinds of secret each one holds, never the secret.
class SecretScan
  PRIVATE_KEY = /-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----(?:\\n|\s)+(?:[A-Za-z-]+: [^\n]*\n|\s)*[A-Za-z0-9+\/=]{16}/n.freeze
  ACCESS_KEYS = {
    'an AWS access key id' => /(?<![A-Za-z0-9])(?:AKIA|ASIA)[A-Z2-7]{16}(?![A-Za-z0-9])/n,
    'a GitHub token' => /(?<![A-Za-z0-9])(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{50,})/n,
    'a GitLab token' => /(?<![A-Za-z0-9])glpat-[A-Za-z0-9_-]{20}/n,
    'a Slack token' => /(?<![A-Za-z0-9])xox[abeprs]-[A-Za-z0-9-]{20,}/n,
    'a Google API key' => /(?<![A-Za-z0-9])AIza[A-Za-z0-9_-]{35}(?![A-Za-z0-9_-])/n,
    'an npm token' => /(?<![A-Za-z0-9])npm_[A-Za-z0-9]{36}(?![A-Za-z0-9])/n,
    'a Stripe live key' => /(?<![A-Za-z0-9])[rs]k_live_[A-Za-z0-9]{20,}/n
  }.freeze
  # Plain searches for these are several times faster than the patterns above.
  HINTS = %w[PRIVATE\ KEY AKIA ASIA ghp_ gho_ ghu_ ghs_ ghr_ github_pat_ glpat- xox AIza npm_ k_live_].map(&:b).freeze
  # Known formats of their own, judged by other controls; closed to most users.
  ACCOUNT_FILES = %w[/etc/shadow /etc/gshadow /etc/shadow- /etc/gshadow-].freeze
  SNIFF = 1024

  attr_reader :private_keys, :access_keys, :unread, :exhausted

  def initialize(image, entries, max_file_bytes:, max_total_bytes:, excluded:)
    @image = image
    @private_keys = []
    @access_keys = []
    @unread = []
    @exhausted = false
    @left = max_total_bytes
    files = entries.select { |e| e.file? && e.size.between?(20, max_file_bytes) && !excluded?(e.path, excluded) }
    files.sort_by { |e| e.path.start_with?('/usr/') ? 1 : 0 }.each { |e| read(e, max_file_bytes) }
  end

  private

  def excluded?(path, excluded)
    ACCOUNT_FILES.include?(path) || path.start_with?(*excluded)
  end

  def read(entry, limit)
    return @exhausted = true if @left <= 0

    text = @image.bytes(entry.path, limit)
    return @unread << entry.path if text.nil?

    @left -= text.bytesize
    return if text.byteslice(0, SNIFF).include?("\0") # not text

    note(entry.path, text) if HINTS.any? { |hint| text.include?(hint) }
  end

  def note(path, text)
    @private_keys << "#{path} holds a private key" if text.match?(PRIVATE_KEY)
    ACCESS_KEYS.each do |what, pattern|
      found = text[pattern]
      @access_keys << "#{path} holds #{what}" if found && !found.end_with?('EXAMPLE')
    end
  end
end
