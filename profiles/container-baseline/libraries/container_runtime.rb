# frozen_string_literal: true

require 'container_check'

# What decides which code a process of the image runs: PATH, the dynamic loader, name services.
class ContainerRuntime < ContainerCheck
  name 'container_runtime'
  desc 'Asks one question about the environment and the loader of an image'
  example <<~EXAMPLE
    describe container_runtime('search_path') do
      it { should have_no_findings }
    end
  EXAMPLE

  INJECTORS = %w[LD_PRELOAD LD_AUDIT LD_DEBUG_OUTPUT BASH_ENV ENV PERL5OPT PYTHONSTARTUP RUBYOPT].freeze
  LOADERS = %w[/lib /lib64 /usr/lib /usr/lib64].freeze

  def search_path
    path = @image.environment['PATH']
    not_applicable!('The environment of the target sets no PATH') if path.nil?
    path.split(':', -1).flat_map { |folder| folder_faults('PATH', folder) } + (path.empty? ? ['PATH is empty'] : [])
  end

  def loader_variables
    env = @image.environment
    set = INJECTORS.reject { |name| env[name].to_s.empty? || option(:allowed).include?(name) }
    set.map { |name| "#{name} is set to #{env[name]}" } +
      env['LD_LIBRARY_PATH'].to_s.split(':', -1).flat_map { |folder| folder_faults('LD_LIBRARY_PATH', folder) }
  end

  def loader_configuration
    preload = @image.lines('/etc/ld.so.preload')
    folders = loader_folders
    not_applicable!('The image has no dynamic loader and no configuration for one') if preload.nil? && folders.nil? && !loader?
    words = (preload || []).flat_map { |line| line.sub(/#.*/, '').split(/[\s:]+/) }.reject(&:empty?) - option(:allowed)
    words.map { |library| "/etc/ld.so.preload loads #{library} into every program" } +
      (folders || []).flat_map { |folder| folder_faults('/etc/ld.so.conf', folder) }
  end

  def name_services
    own = %w[/etc/nsswitch.conf /etc/hosts /etc/host.conf].reject { |path| @image.tree(option(:max_entries)).mounts.include?(path) }
    files = own.filter_map { |path| @image.stat(path) }
    not_applicable!('The image has no name service files of its own') if files.empty?
    faults = files.filter_map { |file| (fault = unsafe(file)) && "#{file.path}: #{fault}" }
    faults + (own.include?('/etc/nsswitch.conf') ? switch_faults : []) + (own.include?('/etc/hosts') ? host_faults : [])
  end

  private

  def folder_faults(source, folder)
    return ["#{source} has an empty entry, which means the working directory"] if folder.empty?
    return ["#{source} has the relative entry #{folder}"] unless folder.start_with?('/')

    entry = @image.stat(folder)
    fault = entry&.directory? && unsafe(entry)
    fault ? ["#{source} entry #{folder}: #{fault}"] : []
  end

  # Folders named by /etc/ld.so.conf and the files it includes; nil without that file.
  def loader_folders
    lines = @image.lines('/etc/ld.so.conf') or return nil
    included = lines.any? { |line| line.match?(/^\s*include\b/) } ? entries(within: %w[/etc/ld.so.conf.d]) { |e| e.under?('/etc/ld.so.conf.d') && e.name.end_with?('.conf') } : []
    (lines + included.flat_map { |e| @image.lines(e.path) || [] })
      .map { |line| line.sub(/#.*/, '').strip }.reject { |line| line.empty? || line.match?(/\A(?:include|hwcap)\b/) }
  end

  def loader?
    entries(within: LOADERS) { |e| e.name.match?(/\Ald-(?:linux|musl|\d)/) && LOADERS.any? { |folder| e.under?(folder) } }.any?
  end

  def switch_faults
    sources = (@image.lines('/etc/nsswitch.conf') || []).filter_map { |line| line.sub(/#.*/, '').match(/^\s*(\w+):\s*(.*)$/)&.captures }.to_h
    %w[passwd group hosts].filter_map do |base|
      first = sources[base]&.split&.first
      "/etc/nsswitch.conf asks #{first} before the image's own files for #{base}" unless [nil, 'files', 'compat', 'altfiles'].include?(first)
    end
  end

  def host_faults
    (@image.lines('/etc/hosts') || []).filter_map do |line|
      address, *names = line.sub(/#.*/, '').split
      next if address.nil? || !names.include?('localhost') || address.match?(/\A127\.|\A::1\z/)

      "/etc/hosts maps localhost to #{address}"
    end
  end
end
