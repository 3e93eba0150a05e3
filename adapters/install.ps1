# Installs a released tma1 for this user on Windows: download, verify, put in place. Touches nothing else.
#
#   TMA1_INSTALL_DIR   where the program goes                    [~\.local\bin]
#   TMA1_VERSION       a release such as 0.1.0                   [the latest]
#   TMA1_BASE_URL      where archives and SHA256SUMS lie         [the releases of the repository below]

# In a function, so that half a download does nothing and nothing is left in the caller's session.
function Install-Tma1 {
    $ErrorActionPreference = 'Stop'
    # Its bar makes a download many times slower.
    $ProgressPreference = 'SilentlyContinue'
    # Filled in when a release is made.
    $repository = '@REPOSITORY@'

    # Thrown, not exited: piped into a shell, an exit would close that shell.
    function Stop-Install([string] $what, [string[]] $hints) {
        throw (@("tma1: $what") + @($hints | Where-Object { $_ } | ForEach-Object { "      $_" }) -join [Environment]::NewLine)
    }

    function Save-Url([string] $url, [string] $path) {
        try { Invoke-WebRequest -UseBasicParsing -Uri $url -OutFile $path }
        catch { Stop-Install "$url cannot be downloaded; nothing was changed" @($_.Exception.Message) }
    }

    if ($env:OS -ne 'Windows_NT') {
        Stop-Install 'this script is for Windows' @('On Linux and macOS run install.sh.')
    }
    # A 32-bit shell says x86 of itself and the machine's own in the other variable; ARM64 runs x86_64 programs.
    $machine = if ($env:PROCESSOR_ARCHITEW6432) { $env:PROCESSOR_ARCHITEW6432 } else { $env:PROCESSOR_ARCHITECTURE }
    if ($machine -notin @('AMD64', 'ARM64')) {
        Stop-Install "there is no build for Windows on $machine" @('Build it from source: cargo install --locked --path .')
    }
    $target = 'x86_64-pc-windows-msvc'

    $base = if ($env:TMA1_BASE_URL) {
        $env:TMA1_BASE_URL.TrimEnd('/')
    } elseif ($repository.StartsWith('@')) {
        Stop-Install 'this copy of the script does not know where releases are' @('Take install.ps1 from a release, or set TMA1_BASE_URL.')
    } elseif ($env:TMA1_VERSION) {
        "https://github.com/$repository/releases/download/v$($env:TMA1_VERSION.TrimStart('v'))"
    } else {
        "https://github.com/$repository/releases/latest/download"
    }
    $dir = if ($env:TMA1_INSTALL_DIR) { $env:TMA1_INSTALL_DIR } else { Join-Path $HOME '.local\bin' }

    # Windows PowerShell offers servers less by itself.
    [Net.ServicePointManager]::SecurityProtocol = [Net.ServicePointManager]::SecurityProtocol -bor [Net.SecurityProtocolType]::Tls12

    $work = Join-Path ([IO.Path]::GetTempPath()) ('tma1-' + [Guid]::NewGuid().ToString('N'))
    $new = $null
    New-Item -ItemType Directory -Path $work | Out-Null
    try {
        $sums = Join-Path $work 'SHA256SUMS'
        Save-Url "$base/SHA256SUMS" $sums
        # The archive's line names the version, so that nobody has to be asked for it.
        $picked = Get-Content -LiteralPath $sums |
            Where-Object { $_ -match '^[0-9a-fA-F]{64}\s+\*?tma1-[^/\\]+\.zip\s*$' } |
            ForEach-Object { $words = $_.Trim() -split '\s+\*?', 2; [pscustomobject]@{ Sum = $words[0]; Name = $words[1] } } |
            Where-Object { $_.Name.EndsWith("-$target.zip") } |
            Select-Object -First 1
        if (-not $picked) {
            Stop-Install "this release has no archive for $target; nothing was changed" @('Build it from source: cargo install --locked --path .')
        }
        $wanted = $picked.Sum.ToLowerInvariant()
        $archive = $picked.Name
        $zip = Join-Path $work $archive
        Save-Url "$base/$archive" $zip
        $got = (Get-FileHash -Algorithm SHA256 -LiteralPath $zip).Hash.ToLowerInvariant()
        if ($got -ne $wanted) {
            Stop-Install "$archive is not what SHA256SUMS says; nothing was changed" @(
                "expected $wanted", "found    $got", 'Try again; if it stays, do not use this download.')
        }

        $unpacked = Join-Path $work 'unpacked'
        Expand-Archive -LiteralPath $zip -DestinationPath $unpacked
        $inside = Join-Path $unpacked (Join-Path ($archive -replace '\.zip$', '') 'tma1.exe')
        if (-not (Test-Path -LiteralPath $inside)) {
            Stop-Install "$archive has no tma1.exe where it belongs; nothing was changed"
        }

        $place = Join-Path $dir 'tma1.exe'
        $new = Join-Path $dir ('.tma1-' + [Guid]::NewGuid().ToString('N') + '.exe')
        try {
            New-Item -ItemType Directory -Force -Path $dir | Out-Null
            Copy-Item -LiteralPath $inside -Destination $new
        } catch {
            Stop-Install "$dir cannot be written to; nothing was changed" @('Set TMA1_INSTALL_DIR to a directory of yours.')
        }
        $version = & $new --version
        if ($LASTEXITCODE -ne 0) {
            Stop-Install "the program of $archive does not run on this machine; nothing was changed"
        }

        # A running program cannot be overwritten, but renamed; it goes on, and is removed by the next install.
        Get-ChildItem -LiteralPath $dir -Filter 'tma1.exe.old-*' -ErrorAction SilentlyContinue |
            Remove-Item -Force -ErrorAction SilentlyContinue
        $old = $null
        if (Test-Path -LiteralPath $place) {
            $old = "$place.old-" + [Guid]::NewGuid().ToString('N')
            Move-Item -LiteralPath $place -Destination $old
        }
        try {
            Move-Item -LiteralPath $new -Destination $place
        } catch {
            if ($old) { Move-Item -LiteralPath $old -Destination $place }
            Stop-Install "$place cannot be replaced; nothing was changed" @($_.Exception.Message)
        }
        if ($old) { Remove-Item -LiteralPath $old -Force -ErrorAction SilentlyContinue }

        Write-Output "$version is in $dir"
        if (($env:PATH -split ';') -contains $dir) {
            Write-Output 'next: tma1 install --adapter detected'
        } else {
            Write-Output "$dir is not in your PATH. Add it under Settings > System > About > Advanced system settings > Environment Variables."
            Write-Output "next: & `"$place`" install --adapter detected"
        }
    } finally {
        if ($new -and (Test-Path -LiteralPath $new)) { Remove-Item -LiteralPath $new -Force -ErrorAction SilentlyContinue }
        Remove-Item -LiteralPath $work -Recurse -Force -ErrorAction SilentlyContinue
    }
}

Install-Tma1
