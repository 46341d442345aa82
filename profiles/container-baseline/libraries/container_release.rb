# frozen_string_literal: true

require 'date'
require 'yaml'
require 'container_check'

# Whether the distribution release an image is built from still gets security updates.
class ContainerRelease < ContainerCheck
  name 'container_release'
  desc 'Asks whether the distribution release of an image is still supported'
  example <<~EXAMPLE
    describe container_release('end_of_life', table: inspec.profile.file('releases.yml'), overrides: {}, today: '') do
      it { should have_no_findings }
    end
  EXAMPLE

  def end_of_life
    id = release['ID'] or not_applicable!('The image does not name a distribution (no os-release)')
    table = YAML.safe_load(option(:table), permitted_classes: [Date])
    not_applicable!("#{id} is a rolling release without an end of support") if table.fetch('rolling').include?(id)
    version = release['VERSION_ID'].to_s
    ends = overridden(id, version) || listed(table, id, version)
    @image.unknown!("the end of support of #{id} #{version} is not in the table (input release_end_of_life)") if ends.nil?
    today > ends ? ["#{id} #{version} has had no support since #{ends}"] : []
  end

  private

  def release
    @release ||= (@image.lines('/etc/os-release') || @image.lines('/usr/lib/os-release') || [])
                 .filter_map { |line| line.match(/\A(\w+)=["']?([^"']*)["']?\s*\z/)&.captures }.to_h
  end

  def today
    given = option(:today).to_s
    given.empty? ? Date.today : Date.parse(given)
  end

  def overridden(id, version)
    found = (option(:overrides) || {}).find { |key, _| key.to_s == "#{id} #{version}" }
    found && Date.parse(found.last.to_s)
  end

  # "9.4" is found under "9.4" or else "9".
  def listed(table, id, version)
    ends = table.fetch('releases')[id] or return nil
    parts = version.split('.')
    parts.size.downto(1) do |n|
      hit = ends[parts.first(n).join('.')]
      return Date.parse(hit.to_s) if hit
    end
    nil
  end
end
