<?php
// Sign who the customer is, on the server of the shop. PHP 7.4 or newer, nothing to install.
//
//     KLEPET_KEY_ID=... KLEPET_SECRET=... php sample.php customer-42 "Ana Novak" ana@shop.example

declare(strict_types=1);

function base64url(string $data): string
{
    return rtrim(strtr(base64_encode($data), '+/', '-_'), '=');
}

/** Return the text to hand to the page; it is valid for an hour. */
function sign_identity(string $keyId, string $secret, array $claims): string
{
    $document = array_merge(['kid' => $keyId, 'exp' => time() + 3600], $claims);
    $payload = base64url(json_encode($document, JSON_THROW_ON_ERROR));
    $signature = hash_hmac('sha256', $payload, $secret, true);
    return $payload . '.' . base64url($signature);
}

if (PHP_SAPI === 'cli' && realpath($argv[0]) === __FILE__) {
    [, $userId, $name, $email] = $argv;
    $claims = [
        'user_id' => $userId, // always as text
        'name' => $name,
        'email' => $email,
        'attributes' => ['plan' => 'gold'],
    ];
    echo sign_identity(getenv('KLEPET_KEY_ID'), getenv('KLEPET_SECRET'), $claims), "\n";
}
